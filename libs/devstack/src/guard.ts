import { type ChildProcess, spawn } from 'node:child_process';

/**
 * A shell of its own process group that outlives this process by one act: when its standard input ends without a
 * farewell, this process was killed, so it stops the services in order and removes the temporary folder, if any.
 */
export type Guard = {
  /** What to stop, in order, from now on. */
  watch(services: readonly { readonly pid: number; readonly signal: 'TERM' | 'INT' }[]): void;
  /** This process has stopped everything itself. */
  dismiss(): Promise<void>;
};

// Every line replaces the list; the last line `farewell` ends it. A zombie (Z)
// has ended; not every container's init reaps it. Plain sh, for it costs no memory worth naming.
const script = `
list=
while IFS= read -r line; do list=$line; done
[ "$list" = farewell ] && exit 0
for entry in $list; do
  pid=\${entry#*:}
  kill -s "\${entry%%:*}" "$pid" 2>/dev/null || continue
  tries=0
  while kill -0 "$pid" 2>/dev/null; do
    case $(cat "/proc/$pid/stat" 2>/dev/null) in *") Z "*) break ;; esac
    tries=$((tries + 1))
    [ "$tries" -gt 100 ] && { kill -s KILL "$pid" 2>/dev/null; break; }
    sleep 0.1
  done
done
[ -n "$1" ] && rm -rf -- "$1"
exit 0
`;

/** Starts the guard; `temporary` is the folder that is to go with this process. */
export const startGuard = (temporary: string | undefined): Guard => {
  const child: ChildProcess = spawn('sh', ['-c', script, 'medallion-guard', temporary ?? ''], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()));
  child.stdin?.on('error', () => {}); // a guard that somebody killed is no reason to fail
  child.unref();
  return {
    watch(services) {
      child.stdin?.write(`${services.map((service) => `${service.signal}:${service.pid}`).join(' ')}\n`);
    },
    async dismiss() {
      child.ref();
      child.stdin?.end('farewell\n');
      await ended;
    },
  };
};
