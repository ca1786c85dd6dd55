export type Progress = (done: number, total: number) => void;

const LINES = 20;

/** Writes about twenty lines of progress to stderr: the result belongs to stdout. */
export function progressOnStderr(what: string): Progress {
  let shown = -1;
  return (done, total) => {
    const line = Math.floor((done / total) * LINES);
    if (line === shown) return;
    shown = line;
    process.stderr.write(`${done} of ${total} ${what}\n`);
  };
}
