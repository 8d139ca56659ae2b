import { type LookupAddress, type LookupOptions, lookup as lookUpName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Where a connection may lead, by the address that is connected to, whatever name led there. */
export type Reach =
  /** Whoever runs the bot chose the address. */
  | 'anywhere'
  /** Somebody entered it: the internet, and further only what is allowed here. */
  | { thisMachine: boolean; privateNetworks: boolean };

/** A name as the system resolves it. */
export type LookUp = (
  hostname: string,
  options: LookupOptions & { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** An address that may not be connected to; the message is a sentence. */
export class OutOfReach extends Error {
  override name = 'OutOfReach';
}

type Network = readonly [address: string, prefix: number];

const THIS_MACHINE = blocks(['127.0.0.0', 8], ['::1', 128]);
const PRIVATE = blocks(
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['fc00::', 7],
  ['fec0::', 10],
  ['64:ff9b:1::', 48],
);
/** Nobody's Harness: where clouds tell a machine its secrets, many at once, and IPv4 in disguise. */
const NEVER = blocks(
  ['0.0.0.0', 8],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 96],
  ['2001::', 32],
  ['2002::', 16],
  ['fd00:ec2::', 32],
  ['fd20:ce::', 32],
  ['fe80::', 10],
  ['ff00::', 8],
);

function blocks(...networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of networks) {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, prefix, family);
    // As a translator writes it (RFC 6052); ::ffff:… the list knows by itself.
    if (family === 'ipv4') list.addSubnet(`64:ff9b::${address}`, 96 + prefix, 'ipv6');
  }
  return list;
}

/** Why this IP address may not be connected to, as a sentence; null = it may. */
export function refusedAddress(address: string, reach: Reach): string | null {
  if (reach === 'anywhere') return null;
  const version = isIP(address);
  if (version === 0) return 'The address is none.';
  const isIn = (list: BlockList) => list.check(address, version === 6 ? 'ipv6' : 'ipv4');
  if (isIn(THIS_MACHINE))
    return reach.thisMachine
      ? null
      : 'The address leads to the bot’s own machine: give the address of Harness.';
  if (isIn(NEVER)) return 'The address leads where no Harness can be: give the address of Harness.';
  if (isIn(PRIVATE) && !reach.privateNetworks)
    return 'The address leads into a private network, which connections do not reach here. If Harness is hosted there, whoever runs the bot sets HARNESS_PRIVATE_NETWORKS=allow.';
  return null;
}

/**
 * Looks names up for `net.connect`, which connects to nothing else: a name that resolves out of reach is an error, also
 * when one of several addresses does, since the next try would take that one. A name is looked up anew for each
 * connection, so a name that changes its mind is refused then.
 */
export function lookUpWithin(reach: Reach, lookUp: LookUp = lookUpName): LookupFunction {
  return (hostname, options, done) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '', 0);
      const why = addresses.map(({ address }) => refusedAddress(address, reach)).find((one) => one !== null);
      if (why) return done(new OutOfReach(why), '', 0);
      const [first] = addresses;
      if (options.all) return done(null, addresses);
      return done(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}
