import { isObject, type JsonObject, objectOf, objectsIn, stringOf } from '../common/json.ts';
import type { Answer, ApiContext, ApiRequest, Operation } from './api-context.ts';
import {
  ApiError,
  badSyntax,
  blockedByUser,
  noActivity,
  noConversation,
  noMember,
  notInRoster,
} from './api-error.ts';
import { readContent } from './check-activity.ts';
import { PAGE_SIZE } from './limits.ts';
import type { Person } from './setup.ts';
import type { StoredMessage } from './shown.ts';
import { type Conversation, splitThread, type World } from './world.ts';

/** The Bot Connector of Teams. https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference */
export class ConnectorApi {
  readonly #context: ApiContext;

  constructor(context: ApiContext) {
    this.#context = context;
  }

  /** What a request below /teams/v3/conversations asks for; undefined when nothing is there. */
  operation(request: ApiRequest): Operation | undefined {
    const [id, area, item, ...more] = request.path;
    if (more.length > 0) return undefined;
    if (id === undefined) return request.verb === 'POST' ? this.#create(request) : undefined;
    const { base } = splitThread(id);
    const person = this.#context.world.conversations.get(base)?.person;
    const common = { conversation: base, people: person === undefined ? [] : [person] };
    if (area === 'activities') return this.#activities(request, id, item, common);
    if (area === 'members' && item !== undefined && request.verb === 'GET') {
      const member = this.#context.world.findPerson(item);
      const people = [...common.people, ...(member ? [member.aadObjectId] : [])];
      return { ...common, people, method: 'members.get', run: () => this.#member(id, item) };
    }
    if (area === 'pagedmembers' && item === undefined && request.verb === 'GET')
      return { ...common, method: 'members.list', run: () => this.#members(id, request.query) };
    return undefined;
  }

  #activities(
    { verb, query, body }: ApiRequest,
    id: string,
    item: string | undefined,
    common: { conversation: string; people: string[] },
  ): Operation | undefined {
    const targeted = query.get('isTargetedActivity') === 'true';
    const recipient = this.#context.world.findPerson(String(objectOf(body?.recipient).id ?? ''));
    const people = [...common.people, ...(targeted && recipient ? [recipient.aadObjectId] : [])];
    if (verb === 'POST')
      return {
        ...common,
        people,
        method: 'activities.post',
        run: () => this.#post(id, item, body, targeted),
      };
    if (item === undefined) return undefined;
    if (verb === 'PUT')
      return { ...common, method: 'activities.update', run: () => this.#update(id, item, body, targeted) };
    if (verb === 'DELETE')
      return { ...common, method: 'activities.delete', run: () => this.#delete(id, item, targeted) };
    return undefined;
  }

  #limit(conversation: string | undefined, kind: 'send' | 'members' = 'send'): void {
    const wait = this.#context.limiter.take(conversation, kind);
    if (wait !== undefined) throw new ApiError(429, 'Throttled', 'API calls quota exceeded.', wait);
  }

  #open(id: string): { conversation: Conversation; root: string | undefined } {
    const { base, root } = splitThread(id);
    const { world, messages } = this.#context;
    const conversation = world.conversations.get(base);
    if (!conversation) throw noConversation();
    const blocked = conversation.person !== undefined && world.person(conversation.person).blocked;
    if (!world.hasBot(conversation)) throw notInRoster();
    if (blocked) throw blockedByUser();
    if (root === undefined) return { conversation, root };
    const first = conversation.kind === 'channel' ? messages.find(base, root) : undefined;
    if (!first || first.deleted || first.threadOf !== undefined) throw noConversation();
    return { conversation, root };
  }

  #create({ body }: ApiRequest): Operation {
    const { world } = this.#context;
    const members = objectsIn(body?.members);
    const person = world.findPerson(String(members[0]?.id ?? ''));
    const channel = stringOf(objectOf(objectOf(body?.channelData).channel).id);
    const chat = person && world.chatOf(person.aadObjectId);
    const conversation = body?.isGroup === true ? channel : chat;
    return {
      method: 'conversations.create',
      ...(conversation !== undefined && { conversation }),
      people: person ? [person.aadObjectId] : [],
      run: () => {
        if (!isObject(body)) throw badSyntax('The body must be a JSON object');
        this.#ownBot(body);
        return body.isGroup === true
          ? this.#createThread(body, channel)
          : this.#createChat(body, members, person);
      },
    };
  }

  #ownBot(body: JsonObject): void {
    const { botId, appId, tenantId } = this.#context.world;
    const named = stringOf(objectOf(body.bot).id);
    if (body.bot !== undefined && named !== botId && named !== appId)
      throw new ApiError(403, 'BotNotRegistered', 'The token is not of that bot.');
    const tenant = stringOf(body.tenantId) ?? stringOf(objectOf(objectOf(body.channelData).tenant).id);
    if (tenant === undefined) throw badSyntax('tenantId is missing');
    if (tenant !== tenantId)
      throw new ApiError(403, 'ForbiddenOperationException', 'The app is not known in that tenant.');
  }

  #createChat(body: JsonObject, members: JsonObject[], person: Person | undefined): Answer {
    const { world, messages } = this.#context;
    if (members.length !== 1) throw badSyntax('A chat is with exactly one member');
    if (!person) throw new ApiError(404, 'NotFound', 'User not found.');
    this.#limit(`create ${person.aadObjectId}`);
    if (person.blocked) throw blockedByUser();
    if (!person.installed)
      throw new ApiError(
        403,
        'ForbiddenOperationException',
        'The bot is not installed in the user’s personal scope.',
      );
    const conversation = world.conversation(world.chatOf(person.aadObjectId));
    // Its id is lost, as with Teams.
    if (isObject(body.activity)) messages.add({ conversation, ...readContent(body.activity, world.botId) });
    return { status: 201, body: { id: conversation.id } };
  }

  #createThread(body: JsonObject, channel: string | undefined): Answer {
    const { world, messages } = this.#context;
    if (channel === undefined) throw badSyntax('channelData.channel.id is missing');
    if (!isObject(body.activity)) throw badSyntax('A thread begins with an activity');
    const { conversation } = this.#open(channel);
    if (conversation.kind !== 'channel') throw badSyntax('Threads are in channels');
    const content = readContent(body.activity, world.botId);
    this.#limit(channel);
    const { id } = messages.add({ conversation, ...content });
    return { status: 201, body: { id: `${channel};messageid=${id}`, activityId: id } };
  }

  #post(id: string, replyTo: string | undefined, body: JsonObject | undefined, targeted: boolean): Answer {
    const { world, messages } = this.#context;
    const { conversation, root } = this.#open(id);
    if (!body) throw badSyntax('The body must be a JSON object');
    const visibleTo = targeted ? recipientOf(world, conversation, body) : undefined;
    const content = readContent(body, world.botId);
    const answered = replyTo === undefined ? undefined : messages.find(conversation.id, replyTo);
    if (replyTo !== undefined && !answered) throw noActivity();
    this.#limit(conversation.id);
    const threadOf =
      root ?? (conversation.kind === 'channel' ? (answered?.threadOf ?? answered?.id) : undefined);
    const message = messages.add({
      conversation,
      ...content,
      ...(threadOf !== undefined && { threadOf }),
      ...(visibleTo !== undefined && { visibleTo }),
    });
    return { status: 201, body: { id: message.id } };
  }

  /** A message of the bot's own that is there still. */
  #own(id: string, item: string, targeted: boolean): StoredMessage {
    const { world, messages } = this.#context;
    const { conversation } = this.#open(id);
    const message = messages.find(conversation.id, item);
    if (!message || !messages.isThere(message) || (message.visibleTo !== undefined) !== targeted)
      throw noActivity();
    if (message.author !== world.botId)
      throw new ApiError(403, 'Forbidden', 'The bot changes its own messages only.');
    return message;
  }

  #update(id: string, item: string, body: JsonObject | undefined, targeted: boolean): Answer {
    const { world, messages } = this.#context;
    const message = this.#own(id, item, targeted);
    if (!body) throw badSyntax('The body must be a JSON object');
    if (targeted && body.recipient !== undefined)
      throw badSyntax('An update of a targeted message names no recipient');
    const content = readContent(body, world.botId);
    this.#limit(message.conversation);
    messages.edit(message, content);
    return { status: 200, body: { id: message.id } };
  }

  #delete(id: string, item: string, targeted: boolean): Answer {
    const message = this.#own(id, item, targeted);
    this.#limit(message.conversation);
    this.#context.messages.remove(message);
    return { status: 200 };
  }

  #member(id: string, item: string): Answer {
    const { world } = this.#context;
    const { conversation } = this.#open(id);
    this.#limit(conversation.id, 'members');
    const person = world.findPerson(item);
    if (!person || !world.isMember(conversation, person.aadObjectId)) throw noMember();
    return { status: 200, body: memberJson(person, world) };
  }

  #members(id: string, query: URLSearchParams): Answer {
    const { world } = this.#context;
    const { conversation } = this.#open(id);
    this.#limit(conversation.id, 'members');
    const asked = Number(query.get('pageSize') ?? PAGE_SIZE.max);
    if (!Number.isInteger(asked)) throw badSyntax('pageSize must be a whole number');
    const size = Math.min(PAGE_SIZE.max, Math.max(PAGE_SIZE.min, asked));
    const token = query.get('continuationToken') ?? '';
    const from = token === '' ? 0 : Number(/^page-(\d+)$/.exec(token)?.[1] ?? Number.NaN);
    if (Number.isNaN(from)) throw badSyntax('continuationToken is not one of ours');
    const all = world.membersOf(conversation);
    const members = all.slice(from, from + size).map((person) => memberJson(person, world));
    const next = from + size < all.length ? { continuationToken: `page-${from + size}` } : {};
    return { status: 200, body: { ...next, members } };
  }
}

/** The object id of the one member who is to see a targeted message. */
function recipientOf(world: World, conversation: Conversation, body: JsonObject): string {
  if (conversation.kind === 'personal') throw badSyntax('Targeted messages are for channels and group chats');
  const id = stringOf(objectOf(body.recipient).id);
  if (id === undefined) throw badSyntax('A targeted message needs its recipient');
  const person = world.findPerson(id);
  if (!person || person.mri !== id || !world.isMember(conversation, person.aadObjectId)) throw noMember();
  return person.aadObjectId;
}

function memberJson(person: Person, world: World): JsonObject {
  const [givenName, ...surname] = person.name.split(' ');
  return {
    id: person.mri,
    name: person.name,
    objectId: person.aadObjectId,
    aadObjectId: person.aadObjectId,
    givenName,
    surname: surname.join(' '),
    ...(person.email !== null && { email: person.email }),
    userPrincipalName: person.userPrincipalName,
    tenantId: person.tenantId ?? world.tenantId,
    userRole: person.isGuest ? 'guest' : 'user',
  };
}
