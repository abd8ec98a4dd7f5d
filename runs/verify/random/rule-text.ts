/**
 * One machine's rules as they are drawn, rule by rule, and then as the lines of an iptables-save text.
 */
export type Table = 'raw' | 'mangle' | 'nat' | 'filter';

const BUILT_IN: Readonly<Record<Table, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};
const TABLES = Object.keys(BUILT_IN) as Table[];

/** One machine's rules, table by table. */
export class RuleText {
  readonly #chains = new Map<Table, Map<string, string>>();
  readonly #rules = new Map<Table, string[]>();

  policy(table: Table, chain: string, policy: string): void {
    this.#chainsOf(table).set(chain, policy);
  }

  chain(table: Table, name: string): void {
    this.#chainsOf(table).set(name, '-');
  }

  rule(table: Table, rule: string): void {
    this.#chainsOf(table);
    this.#rules.get(table)!.push(`-A ${rule}`);
  }

  #chainsOf(table: Table): Map<string, string> {
    let chains = this.#chains.get(table);
    if (chains === undefined) {
      chains = new Map(BUILT_IN[table].map((name) => [name, 'ACCEPT']));
      this.#chains.set(table, chains);
      this.#rules.set(table, []);
    }
    return chains;
  }

  lines(): string[] {
    return TABLES.filter((table) => this.#chains.has(table)).flatMap((table) => [
      `*${table}`,
      ...[...this.#chains.get(table)!].map(([name, policy]) => `:${name} ${policy} [0:0]`),
      ...this.#rules.get(table)!,
      'COMMIT',
    ]);
  }
}
