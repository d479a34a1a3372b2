import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LINK_LOCAL.addSubnet('fe80::', 10, 'ipv6');

/** Addresses at which clouds answer with credentials, besides the link-local ones. */
const METADATA = new BlockList();
METADATA.addAddress('100.100.100.200', 'ipv4');
METADATA.addAddress('192.0.0.192', 'ipv4');
METADATA.addAddress('168.63.129.16', 'ipv4');
METADATA.addAddress('fd00:ec2::254', 'ipv6');
METADATA.addAddress('fd20:ce::254', 'ipv6');

const METADATA_HOSTS = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]);

/** Why nothing is delivered to this host name or address; undefined where it is open. */
export function forbiddenReason(host: string): string | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (METADATA_HOSTS.has(name)) return 'a metadata service';
  const address = name.split('%')[0] ?? '';
  if (isIP(address) === 0) return undefined;
  const mapped = /^::ffff:(?:0:)?(.+)$/.exec(address)?.[1];
  const v4 = isIPv4(address) ? address : mapped === undefined ? undefined : toDotted(mapped);
  if (v4 !== undefined) {
    if (LINK_LOCAL.check(v4, 'ipv4')) return 'link-local';
    return METADATA.check(v4, 'ipv4') ? 'a metadata service' : undefined;
  }
  if (!isIPv6(address)) return undefined;
  if (LINK_LOCAL.check(address, 'ipv6')) return 'link-local';
  return METADATA.check(address, 'ipv6') ? 'a metadata service' : undefined;
}

/** `169.254.0.1`, also when written `a9fe:1`. */
function toDotted(text: string): string | undefined {
  if (isIPv4(text)) return text;
  const [high, low] = text.split(':').map((part) => parseInt(part, 16));
  if (high === undefined || low === undefined || Number.isNaN(high) || Number.isNaN(low)) return undefined;
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
