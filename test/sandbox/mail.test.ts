import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createTransport } from 'nodemailer';
import { startMailDrop } from '../../sandbox/mail.ts';
import { waysFields } from '../../src/config-ways.ts';

describe('the demo’s mail server', () => {
  it('lays down each mail that the bot sends, in their order, also after a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'mails-'));
    try {
      for (const to of ['ann@customer.com', 'o/bob@customer.com']) {
        const drop = await startMailDrop(join(directory, 'mails'), 'watch@northwind.example');
        for (const [name, value] of Object.entries(drop.env))
          assert.equal(waysFields[name as 'SMTP_URL'].parse(value), value, name);
        const transport = createTransport(drop.env.SMTP_URL);
        await transport.sendMail({ from: drop.env.MAIL_FROM, to, subject: 'Double-booked', text: 'Room 4' });
        transport.close();
        await drop.stop();
      }
      const files = (await readdir(join(directory, 'mails'))).sort();
      assert.deepEqual(files, ['0001 ann@customer.com.eml', '0002 o_bob@customer.com.eml']);
      const mail = await readFile(join(directory, 'mails', files[0] ?? ''), 'utf8');
      assert.match(mail, /Subject: Double-booked[\s\S]*Room 4/);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
