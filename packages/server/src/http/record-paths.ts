// Ids of records in paths. An id is one segment, with its slashes escaped; those that come plain are taken as well.

/** Words that may follow an id, and how many of them there are at most. */
const followers = new Set(['history', 'series', 'desired', 'drift/acknowledge']);
const prefix = '/api/v1/resources/';

/** `…/proxmox.vm/lab/100/history` as `…/proxmox.vm/lab%2F100/history`. */
export function oneSegmentIds(url: string): string {
  if (!url.startsWith(prefix)) return url;
  const [path, ...query] = url.split('?');
  const [resource, ...rest] = path!.slice(prefix.length).replace(/\/+$/, '').split('/');
  if (rest.length < 2) return url;
  const words = followers.has(rest.slice(-2).join('/')) ? 2 : followers.has(rest.at(-1)!) ? 1 : 0;
  const id = rest.slice(0, rest.length - words);
  if (id.length < 2) return url;
  const tail = rest.slice(rest.length - words);
  return [`${prefix}${[resource, id.join('%2F'), ...tail].join('/')}`, ...query].join('?');
}
