import type { Name } from './memory-world.ts';

export type Act = 'APPROVE' | 'REJECT';
const OUTCOME = { APPROVE: 'APPROVED', REJECT: 'REJECTED' } as const;
const BETWEEN_AMENDMENTS_MS = 60_000;
const MOST_AMENDMENTS = 5;

/** What should become of one request: no database, no calls, no queue. The bot is compared with it after each step. */
export class RequestModel {
  status: 'WAITING' | 'APPROVED' | 'REJECTED' | 'ABORTED' | 'EXPIRED' = 'WAITING';
  decision: Act | null = null;
  version = 1;
  seats = new Set<Name>(['alice', 'bob']);
  approved = new Set<Name>();
  isHeld = false;
  /** The gate in Harness, what it was told by us, and whether the bot has seen how it ended. */
  gate: 'WAITING' | 'APPROVED' | 'REJECTED' | 'ABORTED' = 'WAITING';
  told: Act | null = null;
  seen = false;
  reachable = true;
  amendments = 0;
  amendedAt: number | null = null;
  readonly requirement: 'any' | 'all';
  readonly expiresAt: number | null;

  constructor(requirement: 'any' | 'all', expiresAt: number | null) {
    this.requirement = requirement;
    this.expiresAt = expiresAt;
  }

  vote(name: Name, act: Act, version: number): void {
    const replaces = this.decision === 'APPROVE' && act === 'REJECT' && this.told === null;
    if (!this.seats.has(name) || version !== this.version || this.seen) return;
    if ((this.isHeld && act === 'APPROVE') || (this.status !== 'WAITING' && !replaces)) return;
    if (act === 'APPROVE') this.approved.add(name);
    else this.approved.delete(name);
    const isAgreed = this.requirement === 'any' || [...this.seats].every((seat) => this.approved.has(seat));
    if (act === 'APPROVE' && !isAgreed) return;
    this.decision = act;
    this.status = OUTCOME[act];
  }

  amend(now: number): void {
    if (this.status !== 'WAITING') return;
    const tooSoon = this.amendedAt !== null && now - this.amendedAt < BETWEEN_AMENDMENTS_MS;
    if (tooSoon || this.amendments >= MOST_AMENDMENTS) this.isHeld = true;
    this.amendments += 1;
    this.amendedAt = now;
    this.version += 1;
    this.approved.clear();
  }

  cancel(): void {
    const isOpen = this.status === 'WAITING' || (this.status === 'APPROVED' && this.told === null);
    if (!isOpen || this.seen) return;
    this.status = 'ABORTED';
    this.decision = null;
    this.approved.clear();
  }

  reassign(from: Name, to: Name): void {
    if (this.status !== 'WAITING' || !this.seats.has(from) || this.seats.has(to)) return;
    this.seats.delete(from);
    this.seats.add(to);
    this.approved.delete(from);
  }

  decideElsewhere(act: Act | 'ABORT'): void {
    if (this.gate === 'WAITING') this.gate = act === 'ABORT' ? 'ABORTED' : OUTCOME[act];
  }

  /** Everything that is due is done: our deadline, Harness told, Harness looked at. */
  settle(now: number, looked: boolean): void {
    if (this.status === 'WAITING' && this.expiresAt !== null && this.expiresAt <= now) {
      this.status = 'EXPIRED';
      this.approved.clear();
    }
    if (!this.reachable) return;
    if (this.decision && !this.seen && this.gate === 'WAITING') {
      this.told = this.decision;
      this.gate = OUTCOME[this.decision];
    }
    if (this.gate !== 'WAITING' && (looked || this.decision)) {
      this.seen = true;
      this.status = this.gate;
    }
  }

  /** What the cards must begin with in the end. */
  headline(reader: Name): string {
    const words = { APPROVED: 'Approved', REJECTED: 'Rejected', ABORTED: 'Run aborted' };
    if (this.gate !== 'WAITING') return `${words[this.gate]}${this.told ? ' by' : ' in Harness'}`;
    if (this.status === 'ABORTED') return 'Cancelled';
    if (this.status === 'EXPIRED') return 'Expired';
    if (this.isHeld) return 'On hold';
    return this.approved.has(reader) ? 'You approved' : '';
  }
}
