/** A refusal Harness would answer; each API family gives it its own body shape (§1.4). */
export class HarnessRefusal extends Error {
  readonly status: number;
  readonly code: string;
  /** Set for answers that no filter reshapes, such as Dropwizard's JSON error. */
  readonly rawBody: unknown;

  constructor(status: number, code: string, message: string, rawBody?: unknown) {
    super(message);
    this.name = 'HarnessRefusal';
    this.status = status;
    this.code = code;
    this.rawBody = rawBody;
  }
}

/** 400 with the INVALID_REQUEST template's prefix. */
export function invalidRequest(text: string): HarnessRefusal {
  return new HarnessRefusal(400, 'INVALID_REQUEST', `Invalid request: ${text}`);
}

/** E16. */
export function invalidToken(): HarnessRefusal {
  return new HarnessRefusal(401, 'INVALID_TOKEN', 'Token is not valid.');
}

/** E17. */
export function missingPermission(kind: string, identifier: string, permission: string): HarnessRefusal {
  const text = `Principal of type ${kind} with identifier ${identifier} : Missing permission ${permission} on pipeline`;
  return new HarnessRefusal(403, 'NG_ACCESS_DENIED', text);
}

/** E15: Dropwizard's own body, numeric code, not rewritten by the response filter. */
export function unableToProcessJson(details: string): HarnessRefusal {
  const message = 'Unable to process JSON';
  return new HarnessRefusal(400, 'INVALID_JSON', message, { code: 400, message, details });
}

/** E21. */
export function somethingWentWrong(): HarnessRefusal {
  const text = 'Oops, something went wrong on our end. Please contact Harness Support.';
  return new HarnessRefusal(500, 'GENERAL_ERROR', text);
}

const REASONS: Record<number, string> = {
  404: 'Not Found',
  405: 'Method Not Allowed',
  415: 'Unsupported Media Type',
};

/** E18 and E19. */
export function httpRefusal(status: 404 | 405 | 415): HarnessRefusal {
  const code = status === 404 ? 'RESOURCE_NOT_FOUND' : 'INVALID_REQUEST';
  return new HarnessRefusal(status, code, `HTTP ${status} ${REASONS[status]}`);
}

/** The v1 body: the classic envelope replaced by ErrorResponse, nulls written (§1.4). */
export function v1ErrorBody(refusal: HarnessRefusal): unknown {
  if (refusal.rawBody !== undefined) return refusal.rawBody;
  const code = refusal.status === 404 ? 'RESOURCE_NOT_FOUND' : null;
  return { message: refusal.message, code, errors: [], error_metadata: null };
}

/** The body of every other endpoint (§1.4). */
export function classicErrorBody(refusal: HarnessRefusal, correlationId: string): unknown {
  if (refusal.rawBody !== undefined) return refusal.rawBody;
  const { code, message } = refusal;
  return {
    status: 'ERROR',
    code,
    message,
    correlationId,
    detailedMessage: null,
    responseMessages: [{ code, level: 'ERROR', message, exception: null, failureTypes: [] }],
    metadata: null,
  };
}
