import { parseJson } from '../common/json.ts';
import { invalidArguments } from './api-error.ts';

/** Arguments of a Web API call: strings from forms, anything from JSON. */
export class Args {
  readonly all: Record<string, unknown>;

  constructor(all: Record<string, unknown>) {
    this.all = all;
  }

  text(name: string): string | undefined {
    const value = this.all[name];
    if (typeof value === 'string') return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    return undefined;
  }

  /** A string that must be there and not be empty. */
  need(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') throw invalidArguments(`missing required field: ${name}`);
    return value;
  }

  flag(name: string): boolean {
    return ['true', '1'].includes(this.text(name) ?? 'false');
  }

  number(name: string, fallback: number): number {
    const value = Number(this.text(name) ?? fallback);
    if (!Number.isFinite(value)) throw invalidArguments(`must provide a number [json-pointer:/${name}]`);
    return value;
  }

  has(name: string): boolean {
    const value = this.all[name];
    return value !== undefined && value !== null && value !== '';
  }

  /** A structured argument: JSON in a form member, or itself in a JSON body. undefined: not readable. */
  json(name: string): unknown {
    const value = this.all[name];
    return typeof value === 'string' ? parseJson(value) : value;
  }
}
