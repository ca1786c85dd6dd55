import { DomainError } from '../../platform/errors.ts';
import { hideSecretsOf, redactUrl } from '../../platform/log.ts';

/** What kind of failure it is; the error's `fault`. */
export type SourceFault =
  | 'file'
  | 'login'
  | 'refused'
  | 'path'
  | 'unreachable'
  | 'timeout'
  | 'no_video'
  | 'not_video'
  | 'elsewhere';

/** ffmpeg's last words in the reader's terms: what went wrong and what to do about it. */
const KNOWN: readonly (readonly [RegExp, string, string, SourceFault])[] = [
  // Before what it leads to, by our gate's answer too.
  [
    /Protocol .* not on whitelist|421 Misdirected/i,
    'it points to another place than itself',
    'Name the final address of the stream.',
    'elsewhere',
  ],
  [/No such file or directory/i, 'there is no such file', 'Check the path.', 'file'],
  [/Is a directory/i, 'this is a folder, not a video', 'Name the video file itself.', 'file'],
  [
    /Permission denied/i,
    'the file may not be read',
    'Give the user that runs ClaimSight the right to read it.',
    'file',
  ],
  [
    /401 Unauthorized|403 Forbidden|authorization failed/i,
    'user name or password was refused',
    'Check them; @ : / # in a password must be percent-encoded.',
    'login',
  ],
  [
    /Connection refused/i,
    'nothing listens at this address and port',
    'Check address and port, and that RTSP is switched on in the camera.',
    'refused',
  ],
  [
    /404 Not Found|Stream not found|method DESCRIBE failed: 4|Server error: /i,
    'the camera has no such stream',
    'Check the path; the presets list the usual ones by brand.',
    'path',
  ],
  [
    /No route to host|Network is unreachable|Failed to resolve|Name or service not known/i,
    'the address cannot be reached',
    'Check the network, the VPN and the address.',
    'unreachable',
  ],
  [
    /Connection timed out|Operation timed out/i,
    'no answer from this address',
    'Check that the camera has power and network.',
    'timeout',
  ],
  [
    /matches no streams|does not contain any stream/i,
    'there is no picture in it',
    'Name a source with video.',
    'no_video',
  ],
  [
    /Invalid data found|moov atom not found|could not find codec parameters/i,
    'this is no video that can be read',
    'Record it again, or convert it to H.264 in MP4.',
    'not_video',
  ],
];

/** The last lines of a log that say something, without passwords. @param url of the source, whose secrets are hidden */
export function lastWords(log: readonly string[], lines = 4, url = ''): string {
  return hideSecretsOf(url)(
    log
      .map((line) => line.trim())
      .filter((line) => line !== '' && !/^(frame=|size=|video:|Press \[q\]|Exiting normally)/.test(line))
      .slice(-lines)
      .join(' · '),
  ).slice(0, 600);
}

/** The error for a source that could not be read. The URL is told without its password. */
export function sourceFailure(url: string, log: readonly string[], fallback = 'no picture came'): DomainError {
  const text = log.join('\n');
  const known = KNOWN.find(([pattern]) => pattern.test(text));
  const told = redactUrl(url).replace(/^file:/, '');
  return new DomainError('source_unavailable', `${told}: ${known?.[1] ?? fallback}`, {
    remedy: known?.[2] ?? 'Look at the last words of ffmpeg, and try the address in another player.',
    ...(known === undefined ? {} : { fault: known[3] }),
    /** It came, but said too late what it is. */
    ...(/Could not find codec parameters|unspecified size|dimensions not set/.test(text) ? { late: true } : {}),
    ffmpeg: lastWords(log, 4, url),
  });
}
