import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * Ends the processes of a program that was killed itself: one that waits for a silent camera would not notice, and go on
 * holding the camera's connection. A shell reads their numbers from a pipe; when the pipe breaks it kills those that are left.
 */
const SCRIPT = `
alive=" "
while read -r sign pid; do
  case "$sign" in
    +) alive="$alive$pid " ;;
    -) alive="\${alive%% $pid *} \${alive#* $pid }" ;;
  esac
done
for pid in $alive; do kill -9 "$pid" 2>/dev/null; done
`;

export interface Guardian {
  watch(pid: number): void;
  over(pid: number): void;
}

const none: Guardian = { watch: () => undefined, over: () => undefined };

/** Started with the first process that it is told of. Where there is no shell nobody guards. */
export function createGuardian(platform: NodeJS.Platform = process.platform): Guardian {
  if (platform === 'win32') return none;
  let shell: ChildProcess | null = null;
  const tell = (line: string): void => {
    if (shell === null) {
      // In a group of its own: a signal to ours must not take it before it has done its work.
      shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
      shell.on('error', () => undefined);
      shell.stdin?.on('error', () => undefined);
      // A program that has nothing else to do may end.
      shell.unref();
      // A child's pipe is a socket of Node's own.
      if (shell.stdin instanceof Socket) shell.stdin.unref();
    }
    shell.stdin?.write(line);
  };
  return {
    watch: (pid) => tell(`+ ${pid}\n`),
    over: (pid) => tell(`- ${pid}\n`),
  };
}
