import { CAST, type Player } from './cast.ts';
import { clockTime } from './dates.ts';
import type { Doubles } from './doubles.ts';
import type { PlaceShown } from './place-shown.ts';
import { slackPlaces } from './slack-shown.ts';
import { teamsPlaces } from './teams-shown.ts';

export interface PersonShown {
  handle: string;
  name: string;
  first: string;
  initials: string;
  part: string;
  hue: number;
  clock: string;
  /** Null: no account there. */
  slack: { userId: string; places: PlaceShown[] } | null;
  teams: { userId: string; places: PlaceShown[] } | null;
}

/** The person of that handle, or the first. */
export function playerOf(handle: string): Player {
  return CAST.find((one) => one.handle === handle) ?? CAST[0]!;
}

/** Everybody, with what was posted where they can see it. */
export function peopleShown({ slack, teams }: Doubles): PersonShown[] {
  return CAST.map((person) => {
    const { handle, name, part, hue, timeZone } = person;
    const words = name.split(' ');
    return {
      handle,
      name,
      first: words[0]!,
      initials: words.map((word) => word[0]).join(''),
      part,
      hue,
      clock: clockTime(Date.now(), timeZone),
      slack:
        person.slack === null ? null : { userId: person.slack, places: slackPlaces(slack, person.slack) },
      teams:
        person.teams === null ? null : { userId: person.teams, places: teamsPlaces(teams, person.teams) },
    };
  });
}
