/** One server-sent event. `id` is null where the server gave none. */
export interface ServerEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/**
 * Takes text as it arrives and calls `onEvent` for each whole event (WHATWG HTML, "Interpreting an event stream").
 * Comments (heartbeats) count as nothing.
 */
export function createEventParser(onEvent: (event: ServerEvent) => void): (chunk: string) => void {
  let buffer = '';
  let id: string | null = null;
  let event = 'message';
  let data: string[] = [];

  const takeLine = (line: string): void => {
    if (line === '') {
      if (data.length > 0) onEvent({ id, event, data: data.join('\n') });
      event = 'message';
      data = [];
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id') id = value;
  };

  return (chunk) => {
    buffer += chunk;
    // A CR at the very end may be half of a CRLF: it waits for what follows.
    const lines = buffer.split(/\r\n|\n|\r(?!$)/);
    buffer = lines.pop() ?? '';
    for (const line of lines) takeLine(line);
  };
}
