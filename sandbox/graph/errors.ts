/** Failures as Graph puts them: a status, a code, a message; the envelope is made at the edge (answer.ts). */

export class GraphError extends Error {
  override readonly name = 'GraphError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
  }
}

export const badRequest = (code: string, message: string) => new GraphError(400, code, message);

export const invalidRequest = (message: string) => badRequest('ErrorInvalidRequest', message);

/** 404 as Exchange words it for an item id that is well formed but leads nowhere. */
export const itemNotFound = () =>
  new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');

export const malformedId = () => badRequest('ErrorInvalidIdMalformed', 'Id is malformed.');

/** 403 for a token without the scope or role, and for another person's mailbox. */
export const accessDenied = () =>
  new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');

export const invalidToken = (message: string) =>
  new GraphError(401, 'InvalidAuthenticationToken', message, { 'www-authenticate': 'Bearer realm=""' });

/** 404 of Exchange for an account that has no mailbox in Exchange Online (or has been disabled). */
export const mailboxNotEnabled = () =>
  new GraphError(
    404,
    'MailboxNotEnabledForRESTAPI',
    'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
  );

export const userNotFound = (id: string) =>
  new GraphError(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );

/** 412 on a stale If-Match. */
export const changedMeanwhile = () =>
  new GraphError(
    412,
    'ErrorIrresolvableConflict',
    'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
  );

/** Also the answer where a segment of the path means nothing to Graph. */
export const noSuchResource = (segment: string) =>
  badRequest('BadRequest', `Resource not found for the segment '${segment}'.`);
