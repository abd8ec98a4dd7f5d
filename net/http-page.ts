/**
 * The page that a fresh nginx serves, by release: 612 bytes up to 1.21.1, 615 since. The file's date, which shows in two
 * headers, is that of the release. Releases from 1.29.6 on serve a longer page, which is not here.
 */

/** Release that `image: nginx` means. */
export const NGINX_DEFAULT = '1.27.0';

export interface NginxPage {
  readonly body: string;
  /** Seconds since 1970. */
  readonly modified: number;
}

/** Dates of the page in the official images, newest first: as they show in Last-Modified and ETag. */
const MODIFIED: readonly (readonly [version: string, seconds: number])[] = [
  ['1.27.0', 0x6655da96],
  ['1.25.3', 0x6537cac7],
  ['1.23.3', 0x6398a011],
  ['1.21.6', 0x61f01158],
  ['1.19.0', 0x5ecd2f04],
  ['1.17.6', 0x5dd3e500],
  ['1.16.1', 0x5d528b4c],
  ['1.15.12', 0x5cb5d3c3],
  ['1.14.2', 0x5c0692e1],
  ['1.7.9', 0x54999765],
];

/**
 * The welcome page of a release.
 * @param version `1.16.1`; of a release that is not in the list, the date is that of the nearest one before it
 */
export function nginxPage(version: string): NginxPage {
  const found = MODIFIED.find(([known]) => order(known, version) <= 0) ?? MODIFIED[MODIFIED.length - 1]!;
  return { body: order(version, '1.21.2') < 0 ? page(OLD_STYLE) : page(NEW_STYLE), modified: found[1] };
}

function order(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const OLD_STYLE = `    body {
        width: 35em;
        margin: 0 auto;
        font-family: Tahoma, Verdana, Arial, sans-serif;
    }`;

const NEW_STYLE = `html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }`;

function page(style: string): string {
  return `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
${style}
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`;
}
