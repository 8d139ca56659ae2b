import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../../usecases/ports.ts';
import { createErrorHandler } from '../errors.ts';
import { createFailureHandler } from './failure-handler.ts';
import { PREFIX } from './routes.ts';

/**
 * For Fastify's `frameworkErrors`: addresses that no route sees (`/%zz`, a part that is too long), answered in the form
 * of where they lead, and without Fastify's own words, which repeat the address.
 */
export function createFrameworkErrors(log: Log) {
  const asDocument = createFailureHandler(log, true);
  const asJson = createErrorHandler(log);
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const isApi = request.raw.url?.startsWith(`${PREFIX}/`) ?? false;
    (isApi ? asDocument : asJson)(error, request, reply);
  };
}
