import { isObject, type JsonObject, objectsIn, stringOf } from '../common/json.ts';
import { ApiError } from './api-error.ts';
import { elementsOf, withIds } from './elements.ts';
import { LIFETIME } from './limits.ts';
import type { StateValues, StoredView } from './shown.ts';
import { stateOf } from './view-state.ts';
import type { Workspace } from './workspace.ts';

function optionalObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? structuredClone(value) : undefined;
}

function definitionOf(view: JsonObject) {
  return {
    title: optionalObject(view.title),
    submit: optionalObject(view.submit),
    close: optionalObject(view.close),
    blocks: withIds(objectsIn(view.blocks)),
    callbackId: stringOf(view.callback_id) ?? '',
    privateMetadata: stringOf(view.private_metadata) ?? '',
    externalId: stringOf(view.external_id) ?? '',
    clearOnClose: view.clear_on_close === true,
    notifyOnClose: view.notify_on_close === true,
  };
}

function stillThere(entered: StateValues, blocks: JsonObject[]): StateValues {
  const kept: StateValues = {};
  for (const block of blocks) {
    for (const element of elementsOf(block)) {
      const value = entered[String(block.block_id)]?.[String(element.action_id)];
      if (!value || value.type !== element.type) continue;
      const row = kept[String(block.block_id)] ?? {};
      row[String(element.action_id)] = value;
      kept[String(block.block_id)] = row;
    }
  }
  return kept;
}

/** The modals every person has open, and their Home tabs. */
export class Views {
  readonly #workspace: Workspace;
  readonly #stacks = new Map<string, StoredView[]>();
  readonly #homes = new Map<string, StoredView>();
  #made = 0;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  stackOf(userId: string): StoredView[] {
    return this.#stacks.get(userId) ?? [];
  }

  topOf(userId: string): StoredView | undefined {
    return this.stackOf(userId).at(-1);
  }

  homeOf(userId: string): StoredView | undefined {
    return this.#homes.get(userId);
  }

  #all(): StoredView[] {
    return [...[...this.#stacks.values()].flat(), ...this.#homes.values()];
  }

  find(id: string): StoredView | undefined {
    return this.#all().find((view) => view.id === id);
  }

  findExternal(externalId: string): StoredView | undefined {
    return this.#all().find((view) => view.externalId !== '' && view.externalId === externalId);
  }

  #hash(): string {
    return `${this.#workspace.nextTs()}.${(0x1000 + this.#made).toString(16)}`;
  }

  #make(userId: string, view: JsonObject, under: StoredView | undefined): StoredView {
    const definition = definitionOf(view);
    if (this.findExternal(definition.externalId)) throw new ApiError('duplicate_external_id');
    this.#made += 1;
    const id = `V${this.#workspace.teamId.slice(1)}${this.#made.toString(36).toUpperCase().padStart(4, '0')}`;
    return {
      id,
      userId,
      type: view.type === 'home' ? 'home' : 'modal',
      hash: this.#hash(),
      ...definition,
      rootViewId: under?.rootViewId ?? id,
      previousViewId: under?.id ?? null,
      entered: {},
      shownErrors: {},
    };
  }

  /** Opens a modal as the only one the person sees. */
  open(userId: string, view: JsonObject): StoredView {
    const made = this.#make(userId, view, undefined);
    this.#stacks.set(userId, [made]);
    this.#workspace.changed({ kind: 'view', userId });
    return made;
  }

  /** Puts a modal on top of the ones already open. */
  push(userId: string, view: JsonObject): StoredView {
    const stack = this.stackOf(userId);
    if (stack.length >= LIFETIME.viewStack) throw new ApiError('push_limit_reached');
    const made = this.#make(userId, view, stack.at(-1));
    this.#stacks.set(userId, [...stack, made]);
    this.#workspace.changed({ kind: 'view', userId });
    return made;
  }

  /** Replaces a view's content; what was entered stays where block_id and action_id stay. */
  update(stored: StoredView, view: JsonObject): void {
    const definition = definitionOf(view);
    const other = this.findExternal(definition.externalId);
    if (other && other !== stored) throw new ApiError('duplicate_external_id');
    Object.assign(stored, definition);
    stored.hash = this.#hash();
    stored.entered = stillThere(stored.entered, stored.blocks);
    stored.shownErrors = {};
    this.#workspace.changed({ kind: stored.type === 'home' ? 'home' : 'view', userId: stored.userId });
  }

  publish(userId: string, view: JsonObject): StoredView {
    const before = this.#homes.get(userId);
    if (before) {
      this.update(before, view);
      return before;
    }
    const made = this.#make(userId, view, undefined);
    this.#homes.set(userId, made);
    this.#workspace.changed({ kind: 'home', userId });
    return made;
  }

  closeTop(userId: string): void {
    this.#stacks.set(userId, this.stackOf(userId).slice(0, -1));
    this.#workspace.changed({ kind: 'view', userId });
  }

  closeAll(userId: string): void {
    this.#stacks.set(userId, []);
    this.#workspace.changed({ kind: 'view', userId });
  }

  /** The view as API answers and payloads carry it. */
  json(view: StoredView, withState = false): JsonObject {
    return {
      id: view.id,
      team_id: this.#workspace.teamId,
      type: view.type,
      blocks: structuredClone(view.blocks),
      private_metadata: view.privateMetadata,
      callback_id: view.callbackId,
      state: { values: withState ? stateOf(view.blocks, view.entered) : {} },
      hash: view.hash,
      title: view.title ?? { type: 'plain_text', text: 'View Title', emoji: true },
      clear_on_close: view.clearOnClose,
      notify_on_close: view.notifyOnClose,
      close: view.close ?? null,
      submit: view.submit ?? null,
      previous_view_id: view.previousViewId,
      root_view_id: view.rootViewId,
      app_id: this.#workspace.appId,
      external_id: view.externalId,
      app_installed_team_id: this.#workspace.teamId,
      bot_id: this.#workspace.botId,
    };
  }
}
