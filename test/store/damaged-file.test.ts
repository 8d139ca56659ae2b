import {
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { backUp } from '../../src/store/backup.ts';
import { checkFile, DatabaseUnusable } from '../../src/store/file-check.ts';
import { onPostgres } from '../helpers/databases.ts';

describe.runIf(!onPostgres())('a damaged file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-damaged-'));
    file = join(folder, 'bot.db');
    copyFileSync(inject('migratedDatabase'), file);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function overwrite(at: number, bytes: Buffer): void {
    const opened = openSync(file, 'r+');
    writeSync(opened, bytes, 0, bytes.length, at);
  }

  test.each<[string, () => void]>([
    ['a bad header', () => overwrite(0, Buffer.alloc(100, 7))],
    ['an end that is missing', () => truncateSync(file, 4096 * 3)],
    ['a page of rubbish', () => overwrite(4096 * 2, Buffer.alloc(4096, 0xa5))],
    [
      'no database at all',
      () => writeFileSync(file, 'a letter to my landlord, long enough to be read\n'.repeat(20)),
    ],
  ])('%s: nobody lives on it, and the backup is named', (_name, damage) => {
    checkFile(`sqlite:${file}`);
    damage();
    const found = () => checkFile(`sqlite:${file}`);
    expect(found).toThrow(DatabaseUnusable);
    expect(found).toThrow(/newest backup/);
  });

  const SMALL = 4096;

  test('a large file that was closed in peace is not read through, but its length and its tables are', () => {
    expect(checkFile(`sqlite:${file}`, SMALL)).toBe(false);
    const whole = readFileSync(file);
    truncateSync(file, 4096 * 3);
    expect(() => checkFile(`sqlite:${file}`, SMALL)).toThrow(/damaged/);
    writeFileSync(file, whole);
    overwrite(100, Buffer.alloc(3996, 0xa5));
    expect(() => checkFile(`sqlite:${file}`, SMALL)).toThrow(/newest backup/);
  });

  test('one that was not closed is read through, however large', () => {
    overwrite(4096 * 2, Buffer.alloc(4096, 0xa5));
    expect(checkFile(`sqlite:${file}`, SMALL)).toBe(false);
    const open = new SqliteDatabase(file);
    open.exec('create table left_open (id integer)');
    try {
      expect(() => checkFile(`sqlite:${file}`, SMALL)).toThrow(/damaged/);
    } finally {
      open.close();
    }
  });

  /** As a power cut leaves a file on which a bot lived, and whose third page the disk lost. */
  function leftOpen(): void {
    overwrite(4096 * 2, Buffer.alloc(4096, 0xa5));
    const open = new SqliteDatabase(file);
    open.exec('create table left_open (id integer)');
    const log = readFileSync(`${file}-wal`);
    open.close();
    writeFileSync(`${file}-wal`, log);
  }

  test('one that was refused is read through at the next start, too', () => {
    leftOpen();
    for (const _start of [1, 2]) expect(() => checkFile(`sqlite:${file}`, SMALL)).toThrow(/damaged/);
  });

  test('one whose log was emptied while a bot lived on it is read through', () => {
    leftOpen();
    truncateSync(`${file}-wal`);
    expect(() => checkFile(`sqlite:${file}`, SMALL)).toThrow(/damaged/);
  });

  test('a missing file, an empty one and a server are well', () => {
    for (const url of [`sqlite:${join(folder, 'none.db')}`, 'sqlite::memory:', 'postgres://localhost/x'])
      expect(() => checkFile(url)).not.toThrow();
    writeFileSync(file, '');
    expect(() => checkFile(`sqlite:${file}`)).not.toThrow();
  });

  test('a backup is whole, marked, for its owner alone, and writes over nothing', async () => {
    const copy = join(folder, 'copy.db');
    const { bytes, tables } = await backUp(file, copy, 'mrk_1', 1_700_000_000_000);
    expect({ bytes: bytes > 100_000, tables: tables > 20 }).toEqual({ bytes: true, tables: true });
    await expect(backUp(file, copy, 'mrk_2', 0)).rejects.toThrow(/is there already/);
    await expect(backUp(join(folder, 'none'), join(folder, 'x'), 'mrk', 0)).rejects.toThrow(/no database at/);
    overwrite(4096 * 2, Buffer.alloc(4096, 0xa5));
    const bad = join(folder, 'bad.db');
    await expect(backUp(file, bad, 'mrk_3', 0)).rejects.toThrow();
    expect(() => readFileSync(bad)).toThrow();
  });
});
