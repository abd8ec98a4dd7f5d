/**
 * Types of IP sets: how an element is made up, part by part. `hash:net,port` has a prefix and a port.
 * @see ipset(8), net/netfilter/ipset
 */

export const Part = { Address: 0, Net: 1, Port: 2, Mac: 3, Interface: 4, Mark: 5 } as const;

export interface SetType {
  /** As it is printed. */
  readonly name: string;
  readonly method: 'hash' | 'bitmap' | 'list';
  /** `Part` of each dimension; empty for a list of sets. */
  readonly parts: readonly number[];
}

const PARTS: Readonly<Record<string, number>> = {
  ip: Part.Address,
  net: Part.Net,
  port: Part.Port,
  mac: Part.Mac,
  iface: Part.Interface,
  mark: Part.Mark,
};

const NAMES = [
  'hash:ip',
  'hash:net',
  'hash:ip,port',
  'hash:net,port',
  'hash:ip,port,ip',
  'hash:ip,port,net',
  'hash:net,net',
  'hash:net,port,net',
  'hash:net,iface',
  'hash:ip,mark',
  'hash:mac',
  'hash:ip,mac',
  'bitmap:ip',
  'bitmap:ip,mac',
  'bitmap:port',
  'list:set',
];

/** Names that ipset 4 used. */
const OLD: Readonly<Record<string, string>> = {
  iphash: 'hash:ip',
  nethash: 'hash:net',
  ipporthash: 'hash:ip,port',
  ipportiphash: 'hash:ip,port,ip',
  ipportnethash: 'hash:ip,port,net',
  ipmap: 'bitmap:ip',
  macipmap: 'bitmap:ip,mac',
  portmap: 'bitmap:port',
  setlist: 'list:set',
};

const TYPES = new Map(
  NAMES.map((name): [string, SetType] => {
    const [method, parts] = name.split(':') as [SetType['method'], string];
    return [name, { name, method, parts: method === 'list' ? [] : parts.split(',').map((part) => PARTS[part]!) }];
  }),
);

/** @returns undefined where there is no such type */
export function setTypeOf(name: string): SetType | undefined {
  return TYPES.get(Object.hasOwn(OLD, name) ? OLD[name]! : name);
}
