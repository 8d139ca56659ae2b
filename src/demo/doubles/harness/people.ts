import type { NewPrincipal, Principal, PrincipalKind, RecordedUser, UiUser, Voter } from './types.ts';

/** Owners of API keys, and the people who act in Harness's own UI. */
export class People {
  readonly #byKey = new Map<string, Principal>();
  readonly #uiUsers = new Map<string, UiUser>();

  addPrincipal(given: NewPrincipal): Principal {
    const principal: Principal = {
      ...given,
      uuid: given.uuid ?? given.identifier,
      scope: given.scope ?? {},
      deniedPermissions: given.deniedPermissions ?? [],
      userGroups: given.userGroups ?? [],
      deleted: given.deleted ?? false,
    };
    this.#byKey.set(principal.apiKey, principal);
    return principal;
  }

  /** Revokes a key: from now on it answers 401. */
  removePrincipal(apiKey: string): void {
    this.#byKey.delete(apiKey);
  }

  addUser(user: UiUser): void {
    this.#uiUsers.set(user.uuid, user);
  }

  ownerOf(apiKey: string): Principal | undefined {
    return this.#byKey.get(apiKey);
  }

  principalsOfKind(kind: PrincipalKind): Principal[] {
    return [...this.#byKey.values()].filter((principal) => principal.kind === kind);
  }

  uiUsers(): RecordedUser[] {
    return [...this.#uiUsers.values()];
  }

  /** The person behind a UI click, by uuid, or as given. */
  uiVoter(user: string | UiUser): Voter {
    const person = typeof user === 'string' ? this.#uiUsers.get(user) : user;
    if (person === undefined) throw new Error(`Harness double: nobody was added with the uuid ${user}`);
    const { uuid, name, email, userGroups } = person;
    return {
      kind: 'USER',
      uuid,
      identifier: uuid,
      name,
      email,
      scope: {},
      userGroups: userGroups ?? 'every',
      deleted: false,
    };
  }
}
