/**
 * The forms of names: each check returns what is wrong with a text, in the API server's own words, or nothing.
 * @see kubernetes staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go
 */

const LABEL_1123 = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN_1123 = `${LABEL_1123}(\\.${LABEL_1123})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const LABEL_KEY = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${LABEL_KEY})?`;

const LABEL_1123_PATTERN = whole(LABEL_1123);
const SUBDOMAIN_1123_PATTERN = whole(SUBDOMAIN_1123);
const LABEL_1035_PATTERN = whole(LABEL_1035);
const LABEL_KEY_PATTERN = whole(LABEL_KEY);
const LABEL_VALUE_PATTERN = whole(LABEL_VALUE);

function whole(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`);
}

function tooLong(value: string, most: number): string[] {
  return value.length > most ? [`must be no more than ${most} characters`] : [];
}

function mismatch(message: string, pattern: string, ...examples: readonly string[]): string {
  const list = examples.map((example) => `'${example}'`).join(' or ');
  // Upstream writes a comma after every example, also before " or ".
  const shown = list.replaceAll("' or '", "',  or '");
  return `${message} (e.g. ${shown}, regex used for validation is '${pattern}')`;
}

export type NameCheck = (value: string) => readonly string[];

/** A label of DNS as of RFC 1123: up to 63 of a-z, 0-9 and `-`. */
export const dns1123Label: NameCheck = (value) => {
  const errors = tooLong(value, 63);
  if (LABEL_1123_PATTERN.test(value)) return errors;
  if (SUBDOMAIN_1123_PATTERN.test(value)) return [...errors, 'must not contain dots'];
  return [
    ...errors,
    mismatch(
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      LABEL_1123,
      'my-name',
      '123-abc',
    ),
  ];
};

/** Labels of RFC 1123 joined by dots, up to 253 characters. */
export const dns1123Subdomain: NameCheck = (value) => {
  const errors = tooLong(value, 253);
  if (SUBDOMAIN_1123_PATTERN.test(value)) return errors;
  return [
    ...errors,
    mismatch(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      SUBDOMAIN_1123,
      'example.com',
    ),
  ];
};

/** As `dns1123Label`, and begins with a letter: names of Services. */
export const dns1035Label: NameCheck = (value) => {
  const errors = tooLong(value, 63);
  if (LABEL_1035_PATTERN.test(value)) return errors;
  return [
    ...errors,
    mismatch(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      LABEL_1035,
      'my-name',
      'abc-123',
    ),
  ];
};

/** The name of a container port: up to 15 characters, with a letter. @see RFC 6335 section 5.1 */
export const portName: NameCheck = (value) => {
  const errors = tooLong(value, 15);
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
};

const KEY_MISMATCH = mismatch(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  LABEL_KEY,
  'MyName',
  'my.name',
  '123-abc',
);

/** Key of a label: a name of up to 63 characters, with a DNS subdomain and `/` before it if wanted. */
export const labelKey: NameCheck = (value) => {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${KEY_MISMATCH} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) as string;
  const errors: string[] = [];
  if (parts.length === 2) {
    if (parts[0] === '') errors.push('prefix part must be non-empty');
    else errors.push(...dns1123Subdomain(parts[0] as string).map((error) => `prefix part ${error}`));
  }
  if (name === '') errors.push('name part must be non-empty');
  else errors.push(...tooLong(name, 63).map((error) => `name part ${error}`));
  if (!LABEL_KEY_PATTERN.test(name)) errors.push(`name part ${KEY_MISMATCH}`);
  return errors;
};

export const labelValue: NameCheck = (value) => {
  const errors = tooLong(value, 63);
  if (LABEL_VALUE_PATTERN.test(value)) return errors;
  return [
    ...errors,
    mismatch(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      LABEL_VALUE,
      'MyValue',
      'my_value',
      '12345',
    ),
  ];
};

/** Number of a port. */
export function portNumber(value: number): readonly string[] {
  return value >= 1 && value <= 65_535 ? [] : ['must be between 1 and 65535, inclusive'];
}
