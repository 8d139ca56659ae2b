/** A protobuf message: what each field number holds, in order; numbers as they are, everything else as bytes. */
export type Message = ReadonlyMap<number, readonly (number | Buffer)[]>;

/** Reads the wire format: https://protobuf.dev/programming-guides/encoding/ */
export function fieldsOf(buffer: Buffer): Message {
  const fields = new Map<number, (number | Buffer)[]>();
  let at = 0;
  const number = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = buffer[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const slice = (length: number) => {
    at += length;
    return buffer.subarray(at - length, at);
  };
  while (at < buffer.length) {
    const tag = number();
    const type = tag % 8;
    const value = type === 0 ? number() : slice(type === 1 ? 8 : type === 5 ? 4 : number());
    const field = Math.floor(tag / 8);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

export function bytes(message: Message, field: number): Buffer {
  const value = message.get(field)?.[0];
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

export function text(message: Message, field: number): string {
  return bytes(message, field).toString('utf8');
}

export function varint(message: Message, field: number): number {
  const value = message.get(field)?.[0];
  return typeof value === 'number' ? value : 0;
}

/** Every message in a repeated field. */
export function all(message: Message, field: number): Message[] {
  return (message.get(field) ?? []).filter((one) => Buffer.isBuffer(one)).map(fieldsOf);
}

export function first(message: Message, field: number): Message | undefined {
  return all(message, field)[0];
}
