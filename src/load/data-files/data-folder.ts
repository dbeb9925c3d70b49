/**
 * Opens a data file for reading, and only one that lies in the operator's folder: a question names a
 * file of the machine that the service runs on, so anything else would let every caller read that
 * machine. Links are refused everywhere below the folder, because they lead out of it.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { err, ok, type Result } from '../../core/base/result.ts';

export interface PathFault {
  readonly code:
    | 'data_files_off'
    | 'data_file_outside'
    | 'data_file_missing'
    | 'data_file_too_large'
    | 'tokenizer_broken';
  readonly expected: string;
  readonly received: string;
}

export interface OpenedFile {
  readonly handle: FileHandle;
  readonly bytes: number;
}

/** The largest published trace is 1.1 GB; reading eight takes minutes and no more memory than one. */
const MAX_FILE_BYTES = 8_589_934_592;
const MAX_PATH_CHARS = 1_024;

/** Undefined `folder`: the operator gave none. The caller closes the handle. */
export async function openDataFile(
  folder: string | undefined,
  path: string,
): Promise<Result<OpenedFile, PathFault>> {
  if (folder === undefined) {
    const expected = 'no data file: the operator gave no folder for them (PLIMSOLL_DATA_FILES_DIR)';
    return err({ code: 'data_files_off', expected, received: path });
  }
  const outside: PathFault = {
    code: 'data_file_outside',
    expected: 'a path inside the folder of data files, without `..` and links',
    received: path,
  };
  if (!isPlainPath(path)) return err(outside);
  try {
    const root = await realpath(folder);
    if (await hasLink(root, path)) return err(outside);
    const handle = await open(
      join(root, path),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    return await checked(handle, path);
  } catch (error) {
    if (isCode(error, 'ELOOP')) return err(outside);
    return err({ code: 'data_file_missing', expected: 'a file that can be read', received: path });
  }
}

/** Relative, and every part of it a name: nothing to climb with, nothing that ends a C string. */
function isPlainPath(path: string): boolean {
  if (path === '' || path.length > MAX_PATH_CHARS || /[\0\\]/.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

async function hasLink(root: string, path: string): Promise<boolean> {
  let at = root;
  for (const part of path.split('/')) {
    at = `${at}${sep}${part}`;
    if ((await lstat(at)).isSymbolicLink()) return true;
  }
  return false;
}

/** A pipe or a device would never end. */
async function checked(handle: FileHandle, path: string): Promise<Result<OpenedFile, PathFault>> {
  const stat = await handle.stat();
  if (stat.isFile() && stat.size <= MAX_FILE_BYTES) return ok({ handle, bytes: stat.size });
  await handle.close();
  if (!stat.isFile()) {
    return err({ code: 'data_file_missing', expected: 'a regular file', received: path });
  }
  const expected = `at most ${MAX_FILE_BYTES} bytes`;
  return err({ code: 'data_file_too_large', expected, received: `${stat.size} bytes` });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
