import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

const TLS_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** What is wrong with DATABASE_URL, and the remedy; null = nothing. The value may hold a password and is never repeated. */
export function databaseTrouble(databaseUrl: string): string | null {
  if (databaseUrl.startsWith('sqlite:')) return null;
  if (!/^postgres(ql)?:\/\//.test(databaseUrl))
    return 'DATABASE_URL must start with sqlite: or postgres://. Examples: sqlite:./data/countersign.db, postgres://user:password@host:5432/countersign';
  const url = URL.parse(databaseUrl);
  if (!url)
    return 'DATABASE_URL is not an address. Example: postgres://user:password@host:5432/countersign. Write @ : / and % in a password as %40 %3A %2F and %25';
  if (url.pathname.length < 2)
    return 'DATABASE_URL names no database. Example: postgres://user:password@host:5432/countersign';
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && !TLS_MODES.includes(mode))
    return `DATABASE_URL has an unknown sslmode. Use ${TLS_MODES.slice(0, -1).join(', ')} or ${TLS_MODES.at(-1)}.`;
  const authority = url.searchParams.get('sslrootcert');
  if (mode === 'verify-ca' && !authority)
    return 'DATABASE_URL has sslmode=verify-ca, but no sslrootcert. Add &sslrootcert=/path/to/ca.pem, or use verify-full.';
  if (authority && !isCertificate(authority))
    return 'DATABASE_URL names an sslrootcert that cannot be read as a certificate. Give the path of a PEM file that this user may read, or leave it out where the server’s authority is a public one.';
  return null;
}

function isCertificate(path: string): boolean {
  try {
    return new X509Certificate(readFileSync(path)).ca;
  } catch {
    return false;
  }
}
