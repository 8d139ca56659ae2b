/** What OpenSSL says of a certificate that nobody vouches for. */
const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What to do where a connection to PostgreSQL fails for want of TLS or trust; null = it is something else. */
export function remedyOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const code = 'code' in error ? String(error.code) : '';
  if (UNKNOWN_AUTHORITY.has(code))
    return 'Its certificate is of no authority that is known here: name that authority’s certificate in DATABASE_URL, &sslrootcert=/path/to/ca.pem.';
  if (code === 'CERT_HAS_EXPIRED') return 'The server needs a new certificate.';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'Its certificate is for another host: use the host name that it was made for in DATABASE_URL, or sslmode=verify-ca.';
  if (error.message === 'The server does not support SSL connections')
    return 'Switch TLS on at the server (ssl = on), or, in a network that you trust, use sslmode=disable in DATABASE_URL.';
  if (code === '28000' && error.message.includes('no encryption'))
    return 'The server lets nobody in without TLS: add ?sslmode=verify-full to DATABASE_URL.';
  return null;
}
