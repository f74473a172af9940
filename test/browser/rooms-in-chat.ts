/**
 * Rooms and the time report as the chat and the calendar show them: a further part of demo.test.ts, which starts the demo
 * that both need. The first organiser is in the chat; the second one has none and is told by mail.
 */
import assert from 'node:assert/strict';
import { it } from 'mocha';
import type { Locator, Page } from 'playwright-core';
import type { Demo } from '../../sandbox/demo.ts';
import type { MailServer } from '../delivery/ways/mail-server.ts';
import { until } from '../support/until.ts';
import { shoot } from './browser.ts';
import * as calendar from './calendar-page.ts';
import { drawCards, type Theme } from './card-renderer.ts';
import type { PlaygroundPage } from './playground-page.ts';

/** Whole minutes are the least that can be configured; a question needs two minutes to be answered. */
export const CHECK_IN_SOON = {
  CHECK_IN_BEFORE_MINUTES: '2',
  CHECK_IN_AFTER_MINUTES: '1',
  CHECK_IN_JUST_MADE_MINUTES: '0',
};
const MINUTE_MS = 60_000;
/** Made before the question about it, by a little more than a sync takes to write it down. */
const STARTS_IN_MS = 2 * MINUTE_MS + 2_000;
const SECOND = 'Hannes Vogt';
const ROOM = /(?:Isar|Ammersee|Zugspitze|Watzmann|Tegernsee|Walchensee|Wendelstein)/;

export interface Stage {
  demo: Demo;
  chat: PlaygroundPage;
  chatPage: Page;
  calendarPage: Page;
  mails: MailServer;
  /** What the chat was sent. */
  received: string[];
  permit(what: string, picture: string): Promise<void>;
}

const at = (ms: number) => ({ dateTime: new Date(ms).toISOString().slice(0, 23), timeZone: 'UTC' });
const actorOf = ({ tenantId, oid }: { tenantId: string; oid: string }) => ({ tenantId, oid });

/** As it was written: mails come with "=" where lines were broken. */
const wordsOf = (raw: string) =>
  decodeURIComponent(
    raw
      .replace(/=\r?\n/g, '')
      .replace(/%/g, '%25')
      .replace(/=([0-9A-F]{2})/g, '%$1'),
  );

/** Must be called before the page is loaded. */
export function framesOf(page: Page): string[] {
  const frames: string[] = [];
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(String(payload))));
  return frames;
}

type Json = Record<string, unknown>;

function cardsIn(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(cardsIn);
  if (typeof value !== 'object' || value === null) return [];
  return (value as Json).type === 'AdaptiveCard' ? [value as Json] : Object.values(value).flatMap(cardsIn);
}

/** In pixels; of a picture its own, which it has when it was really drawn. */
async function widest(within: Locator, what: 'img' | 'svg, canvas'): Promise<number> {
  const widths = await within
    .locator(what)
    .evaluateAll((all) =>
      (all as unknown as { naturalWidth?: number; getBoundingClientRect(): { width: number } }[]).map(
        (one) => one.naturalWidth ?? one.getBoundingClientRect().width,
      ),
    );
  return Math.max(0, ...widths);
}

export function roomsInChat(stage: () => Stage): void {
  let booked = '';

  it('adds the rooms of the organisation, and shows them by building', async () => {
    const { chat, chatPage } = stage();
    await chat.say('rooms add all');
    await chat.card(/7 rooms added/);
    await until(
      'all calendars were read',
      async () => {
        await chat.say('rooms');
        const board = await chat.card(/Rooms now/);
        return !/not known yet/.test(await board.innerText());
      },
      20_000,
    );
    const board = await (await chat.card(/Rooms now/)).innerText();
    assert.match(board, /of 7 rooms free[\s\S]*Sonnenstraße[\s\S]*Isar · 8 seats[\s\S]*Theresienhöhe/);
    await shoot(chatPage, '16-rooms');
  });

  it('books a room, which is asked at once and booked when it has accepted', async () => {
    const { chat, chatPage, permit } = stage();
    const isPermitted = (await chat.messages()).some((words) =>
      /Agenda added|Room asked|Agenda\nWhat is left/.test(words),
    );
    await chat.say('room tomorrow 19:10-19:50 for 4');
    await chat.card(/Free rooms[\s\S]*for 4 people/);
    await shoot(chatPage, '17-free-rooms');
    await chat.pressCardButton(/Free rooms/, 'Book');
    // Writing an agenda asked for it, unless it was too late in the day for that step.
    if (!isPermitted) {
      await permit('writing to your calendar', '17b-permission');
      await chat.pressCardButton(/Free rooms/, 'Book');
    }
    await chat.card(/Room asked[\s\S]*I’ll say here what it answers/);
    booked = ROOM.exec(await (await chat.card(/Room booked/)).innerText())?.[0] ?? '';
    assert.ok(booked);
    await shoot(chatPage, '18-booked');
  });

  it('tells both organisers of a double booking: one in the chat, one by mail', async () => {
    const { demo, chat, chatPage, calendarPage, mails } = stage();
    const room = demo.tenant.rooms.find((one) => one.displayName.includes(booked));
    assert.ok(room);
    await calendarPage.bringToFront();
    await calendar.choosePerson(calendarPage, room.displayName);
    await calendarPage.getByRole('button', { name: 'Today' }).click();
    const day = new Date(Date.now() + 24 * 60 * MINUTE_MS).toLocaleDateString('sv-SE', { timeZone: 'Europe/Berlin' });
    await calendar.addEvent(calendarPage, {
      subject: 'Budget talk',
      date: day,
      start: '19:30',
      end: '20:30',
      organizer: SECOND,
    });
    await calendar.eventCard(calendarPage, 'Budget talk').scrollIntoViewIfNeeded();
    await shoot(calendarPage, '19-double-booking');
    // As it was, for who comes after.
    await calendar.choosePerson(calendarPage, demo.main.displayName);
    await calendar.nextWeek(calendarPage);
    await chatPage.bringToFront();
    await chat.card(
      new RegExp(`Room double-booked[\\s\\S]*${booked}[\\s\\S]*${SECOND} booked it too[\\s\\S]*you keep`),
    );
    await shoot(chatPage, '20-double-booked');
    const second = demo.tenant.people.find((one) => one.displayName === SECOND);
    const mail = await until('the second organiser was told', () =>
      mails.received.find((one) => one.to.includes(second?.upn ?? '')),
    );
    const words = wordsOf(mail.raw);
    assert.match(words, /Lena Brandt/);
    assert.match(words, /free then: Room/i);
  });

  it('asks who uses their room, gives back the one that nobody checked in to, and keeps the other', async () => {
    const { demo, chat, chatPage } = stage();
    await chat.say('rooms check-in on');
    await chat.card(/Organisers are asked now/);
    const { store } = demo.sandbox.graph;
    const startAt = Date.now() + STARTS_IN_MS;
    const endAt = startAt + 30 * MINUTE_MS;
    const empty = demo.tenant.rooms.filter((room) => store.view(actorOf(room), startAt, endAt).length === 0);
    const [ghost, used] = empty;
    assert.ok(ghost && used, 'two rooms are free now');
    for (const [subject, room] of [
      ['Ghost meeting', ghost],
      ['Real meeting', used],
    ] as const)
      store.create(actorOf(demo.main), {
        subject,
        start: at(startAt),
        end: at(endAt),
        attendees: [{ type: 'resource', emailAddress: { address: room.upn, name: room.displayName } }],
      });
    await chat.card(/Room check-in[\s\S]*Ghost meeting[\s\S]*Are you using/);
    await chat.card(/Room check-in[\s\S]*Real meeting[\s\S]*Are you using/);
    await shoot(chatPage, '21-check-in');
    await chat.pressCardButton(/Room check-in[\s\S]*Real meeting/, 'We’re here');
    await chat.card(/Checked in[\s\S]*Real meeting/);
    await until(
      'the ghost is gone',
      async () => {
        // The bot may have looked at PostgreSQL's clock just then.
        demo.bot().kill('SIGUSR2');
        return chat.card(/Room released[\s\S]*Ghost meeting/, 10_000).catch(() => undefined);
      },
      30_000,
    );
    await shoot(chatPage, '22-released');
    const held = (oid: string) =>
      store
        .view({ tenantId: demo.main.tenantId, oid }, startAt, endAt)
        .filter((one) => !one.isCancelled && one.showAs !== 'free').length;
    assert.equal(held(ghost.oid), 0);
    assert.equal(held(used.oid), 1);
  });

  it('reports on time with a chart, and with a picture for whoever sees no charts', async () => {
    const { chat, chatPage, received } = stage();
    await chat.say('time');
    const card = await chat.card(/Your time · /);
    // The Playground draws the chart itself, as Teams does.
    await until('the chart', async () => (await widest(card, 'svg, canvas')) > 250);
    await shoot(chatPage, '23-time');
    const sent = received.findLast((frame) => frame.includes('Chart.VerticalBar'));
    const [content] = cardsIn(JSON.parse(sent?.slice(sent.indexOf('{')) ?? '{}'));
    assert.ok(content, 'the card as it was sent');
    const page = await chatPage.context().newPage();
    for (const theme of ['light', 'dark'] as Theme[]) {
      await drawCards(page, [{ name: `time, ${theme}`, card: content }], theme);
      await until(`the picture in ${theme}`, async () => (await widest(page.locator('main'), 'img')) > 300);
      await shoot(page, `24-time-picture-${theme}`);
    }
    await page.close();
  });

  it('reports on the use of rooms with a picture', async () => {
    const { chat, chatPage } = stage();
    await chat.say('rooms report this week');
    const card = await chat.card(/Use of rooms · /);
    await until('the heat map', async () => (await widest(card, 'img')) > 300);
    await shoot(chatPage, '25-rooms-report');
    const said = await chat.messages();
    const twice = said.filter((text) => /Room lost[\s\S]*Ghost meeting/.test(text));
    assert.deepEqual(twice, [], 'what was released is not said to be lost as well');
  });
}
