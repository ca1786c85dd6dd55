import { describe, expect, it } from 'vitest';
import { createEventParser, type ServerEvent } from '../../../web/src/alerts/event-parser.ts';

function parse(chunks: readonly string[]): ServerEvent[] {
  const events: ServerEvent[] = [];
  const feed = createEventParser((event) => events.push(event));
  for (const chunk of chunks) feed(chunk);
  return events;
}

describe('server-sent events as they arrive', () => {
  const stream = ': still here\n\nid: 7\nevent: alert\ndata: {"a":1}\n\nid: 8\ndata: x\ndata: y\n\n';
  const expected = [
    { id: '7', event: 'alert', data: '{"a":1}' },
    { id: '8', event: 'message', data: 'x\ny' },
  ];

  it('no alert is lost wherever the network cuts the text', () => {
    for (let cut = 0; cut <= stream.length; cut += 1) {
      expect(parse([stream.slice(0, cut), stream.slice(cut)]), `cut at ${cut}`).toEqual(expected);
    }
    expect(parse([...stream])).toEqual(expected);
  });

  it('reads the line ends of every server', () => {
    expect(parse([stream.replaceAll('\n', '\r\n')])).toEqual(expected);
    expect(parse([...stream.replaceAll('\n', '\r\n')])).toEqual(expected);
  });

  it('an event that is not finished is not told', () => {
    expect(parse(['id: 9\ndata: {"half'])).toEqual([]);
  });
});
