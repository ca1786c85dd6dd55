import { describe, expect, it } from 'vitest';
import { addressRefusal, checkWebhookUrl } from '../../../src/review/webhook-address.ts';
import { signatureOf } from '../../../src/review/webhook-send.ts';

describe('where a webhook may go', () => {
  it.each([
    '169.254.169.254',
    '100.100.100.200',
    '0.0.0.0',
    '::',
    'fe80::1',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '224.0.0.1',
    'ff02::1',
  ])('never to %s, whatever the configuration', (address) => {
    expect(addressRefusal(address, true)).not.toBeNull();
  });

  it.each(['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '::1', 'fd12::1', '::ffff:10.0.0.1', '::ffff:7f00:1'])(
    'to %s only where private networks are allowed: the insurance intranet is one',
    (address) => {
      expect(addressRefusal(address, true)).toBeNull();
      expect(addressRefusal(address, false)).not.toBeNull();
    },
  );

  it.each(['8.8.8.8', '2400:3200::1', '172.32.0.1'])('to %s, a public address', (address) => {
    expect(addressRefusal(address, false)).toBeNull();
  });

  it.each([
    'ftp://example.org/',
    'file:///etc/passwd',
    'nonsense',
    'http://user:pass@example.org/',
    'http://169.254.169.254/latest',
    'http://2852039166/', // the same, as one number
    'http://0xa9.0xfe.0xa9.0xfe/',
    'http://[::ffff:169.254.169.254]/',
  ])('refuses %s with a remedy', (url) => {
    expect(() => checkWebhookUrl(url, true)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });

  it('refuses this machine by name where private networks are not allowed', () => {
    expect(() => checkWebhookUrl('http://localhost:1/', false)).toThrow();
    expect(checkWebhookUrl('http://localhost:1/x#y', true).href).toBe('http://localhost:1/x');
  });
});

it('signs time and body, so that neither can be changed nor sent again later', () => {
  const signature = signatureOf('secret', 1_773_710_130, '{"a":1}');
  expect(signature).toMatch(/^t=1773710130,v1=[0-9a-f]{64}$/);
  expect(signatureOf('secret', 1_773_710_131, '{"a":1}')).not.toBe(signature);
  expect(signatureOf('secret', 1_773_710_130, '{"a":2}').slice(14)).not.toBe(signature.slice(14));
});
