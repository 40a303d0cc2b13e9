/** Files that one upload takes. */
export const FILES_MAX = 20_000;
/** Folders in folders that are gone into. */
const DEPTH_MAX = 12;

/** A file and the path that it was found at. */
export interface Picked {
  path: string;
  file: File;
}

/** Files that no archive holds images in: left by file systems and viewers. */
const LITTER = /(^|\/)(\.[^/]*|thumbs\.db|desktop\.ini|DICOMDIR)$/i;

function entriesOf(reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** Goes through dropped files and folders, in order, within bounds. */
async function walk(entry: FileSystemEntry, depth: number, found: Picked[]): Promise<void> {
  if (found.length >= FILES_MAX || depth > DEPTH_MAX) return;
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    found.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives a part at a time until it gives nothing.
  for (let part = await entriesOf(reader); part.length > 0; part = await entriesOf(reader)) {
    for (const inner of part) await walk(inner, depth + 1, found);
  }
}

/** Everything that was dropped. The entries have to be taken before anything is awaited. */
export async function dropped(items: DataTransferItemList): Promise<Picked[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found: Picked[] = [];
  for (const entry of entries) await walk(entry, 0, found);
  return worthSending(found);
}

/** Everything that was chosen in a file dialogue. */
export function chosen(files: FileList | null): Picked[] {
  const all = [...(files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  return worthSending(all);
}

/** Leaves out what is surely no image. The node decides on everything else. */
export function worthSending(all: Picked[]): Picked[] {
  return all.filter(({ path, file }) => file.size > 0 && !LITTER.test(path)).slice(0, FILES_MAX);
}
