import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalStore } from './local-store';

let directory: string;
let store: LocalStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stowage-store-'));
  store = new LocalStore(directory);
});
afterEach(() => rm(directory, { recursive: true }));

describe('a store of small documents', () => {
  it('has the newest document on disk when the write of any older one has resolved', async () => {
    const writes = Array.from({ length: 50 }, (_, index) => store.write('a', { index }));
    await writes[1];
    expect(await store.read('a')).toEqual({ index: 49 });
    await Promise.all(writes);
    expect(await readdir(directory)).toEqual(['a.json']);
  });

  it('resolves a write while further writes keep arriving', async () => {
    let going = true;
    const ceaseless = async (): Promise<void> => {
      for (let index = 0; going; index += 1) {
        void store.write('a', { index });
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const others = ceaseless();
    await store.write('a', 'mine');
    going = false;
    await others;
    await store.settled();
  });

  it('leaves no file of a document that is removed during a write', async () => {
    const writes = [store.write('a', 1), store.write('a', 2)];
    await store.remove('a');
    await Promise.all(writes);
    expect(await readdir(directory)).toEqual([]);
    await store.write('a', 3);
    expect(await store.read('a')).toBe(3);
  });

  it('rejects a write that the disk rejects, and carries out the next one', async () => {
    await writeFile(join(directory, 'folder'), '');
    await expect(store.write('folder/a', 1)).rejects.toThrow();
    await rm(join(directory, 'folder'));
    await store.write('folder/a', 2);
    expect(await store.read('folder/a')).toBe(2);
  });
});
