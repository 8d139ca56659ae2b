import type { Refusal } from '../../src/approval/refusal.ts';

export type RefusalCode = Refusal['code'];
