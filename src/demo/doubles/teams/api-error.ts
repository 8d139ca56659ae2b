/** An answer that says no, as the Connector and Graph word it. */
export class ApiError extends Error {
  override readonly name = 'TeamsApiError';
  readonly status: number;
  readonly code: string;
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** 400: the request has not the right form. */
export const badSyntax = (message: string) => new ApiError(400, 'BadSyntax', message);

// What these mean for the bot:
// https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability#status-codes-from-bot-conversational-apis
export const notInRoster = () =>
  new ApiError(403, 'BotNotInConversationRoster', 'The bot is not part of the conversation roster.');
export const blockedByUser = () =>
  new ApiError(403, 'ConversationBlockedByUser', 'User blocked the conversation with the bot.');
export const noConversation = () => new ApiError(404, 'ConversationNotFound', 'Conversation not found.');
export const noActivity = () =>
  new ApiError(404, 'ActivityNotFoundInConversation', 'The message is not in the conversation.');
export const noMember = () =>
  new ApiError(404, 'MemberNotFoundInConversation', 'Member not found in conversation.');
