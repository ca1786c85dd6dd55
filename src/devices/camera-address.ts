import { DomainError } from '../platform/errors.ts';
import { redactUrl } from '../platform/log.ts';
import type { StreamLogin } from './probe/password.ts';

/** Pure: a camera's address in its parts. */

export type StreamScheme = 'rtsp' | 'rtsps' | 'rtmp' | 'rtmps' | 'http' | 'https';

export interface CameraAddress {
  readonly scheme: StreamScheme;
  /** Name or IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Decoded; null: the address has none. */
  readonly login: StreamLogin | null;
  /** Path and query, with its leading slash. */
  readonly path: string;
}

const PORTS: Readonly<Record<StreamScheme, number>> = {
  rtsp: 554,
  rtsps: 322,
  rtmp: 1935,
  rtmps: 443,
  http: 80,
  https: 443,
};
const FORM = /^(rtsps?|rtmps?|https?):\/\/([^/?#]*)([^#]*)$/i;
/** Blanks and quotation marks end an address in many tools, and ffmpeg takes options behind a blank of an rtmp address. */
const UNSAFE = /[\s\p{Cc}\\'"<>|^`{}]/u;
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)$/i;

const refuse = (message: string, remedy: string): never => {
  throw new DomainError('invalid_input', message, { remedy });
};

const ENCODE = '密码中的 @ : / ? # % 等字符须写成百分号编码 / percent-encode @ : / ? # % in the password (@ is %40)';

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('地址中的百分号编码有误 / the percent-encoding of the address is broken', ENCODE);
  }
};

/**
 * Reads a stream's address as it may come from outside: on the network, never a file of this machine.
 * @throws DomainError `invalid_input` with a remedy; the message never holds the password
 */
export function parseCameraAddress(url: string): CameraAddress {
  const told = redactUrl(url).slice(0, 200);
  if (UNSAFE.test(url))
    refuse(`地址中有空格或非法字符 / the address ${told} holds blanks or characters that no address has`, ENCODE);
  const match = FORM.exec(url);
  if (match === null) {
    if (/^(rtsps?|rtmps?|https?):\/\//i.test(url)) refuse(`地址中不能有 # / the address ${told} holds a #`, ENCODE);
    refuse(
      `${told} 不是摄像头地址 / is no address of a camera`,
      '请写成 rtsp://用户:密码@地址:554/路径（或 rtmp、http、https） / write rtsp://user:password@host:554/path (or rtmp, http, https)',
    );
  }
  const [, schemeText = '', authority = '', path = ''] = match ?? [];
  const scheme = schemeText.toLowerCase() as StreamScheme;
  const at = authority.lastIndexOf('@');
  const userInfo = at < 0 ? null : authority.slice(0, at);
  const place = authority.slice(at + 1);
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(place) ?? [];
  const pathHoldsLogin = at < 0 && /@/.test(path.split('?')[0] ?? '') && /:/.test(authority);
  if (!HOST.test(host) || pathHoldsLogin || Number(port ?? 1) > 65_535 || Number(port ?? 1) < 1) {
    refuse(`地址 ${told} 的主机或端口有误 / the address ${told} names no host or port`, ENCODE);
  }
  const colon = userInfo?.indexOf(':') ?? -1;
  const login =
    userInfo === null
      ? null
      : {
          user: decode(colon < 0 ? userInfo : userInfo.slice(0, colon)),
          password: decode(colon < 0 ? '' : userInfo.slice(colon + 1)),
        };
  return {
    scheme,
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? PORTS[scheme] : Number(port),
    login,
    path: path.startsWith('/') ? path : `/${path}`,
  };
}

const encodeAll = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** The address written out. @param withLogin false: as it may be told */
export function formatCameraAddress(address: CameraAddress, withLogin: boolean): string {
  const { scheme, host, port, login, path } = address;
  const place = host.includes(':') ? `[${host}]` : host;
  const who = withLogin && login !== null ? `${encodeAll(login.user)}:${encodeAll(login.password)}@` : '';
  return `${scheme}://${who}${place}${port === PORTS[scheme] ? '' : `:${port}`}${path}`;
}
