/** watch on, watch off, watch status */
import { findAccount } from '../../store/accounts.ts';
import { eventsBetween } from '../../store/events.ts';
import { feedsOf } from '../../store/feeds.ts';
import { findMailbox } from '../../store/mailboxes.ts';
import { nextNudge } from '../../store/nudges.ts';
import { pauseOf } from '../../store/pause.ts';
import { findPerson, findPlace, type Person, settingsOf } from '../../store/people.ts';
import { subscriptionsOf } from '../../store/subscriptions.ts';
import { undeliveredTo } from '../../store/undelivered.ts';
import { cameLaterTo } from '../../store/ways.ts';
import { planWindow } from '../../sync/write-plan.ts';
import { guessOffice } from '../../travel/ways.ts';
import { pollMinutes } from '../calendars.ts';
import { notWatching, sentence, statusCard } from '../cards/answers.ts';
import { reconnectCard, stoppedCard } from '../cards/connection.ts';
import { plain } from '../cards/parts.ts';
import { pausedWords } from '../cards/pause-all.ts';
import { SHOWN, SHOWN_BACK_MS } from '../cards/undelivered.ts';
import { waysFact } from '../cards/ways.ts';
import { offerSignIn } from '../offer-sign-in.ts';
import type { Services, Turn } from '../services.ts';
import { isWatching, startWatching, stopWatching } from '../watching.ts';
import { masked } from '../way-values.ts';
import { waysNow } from '../ways.ts';
import type { Command } from './command.ts';

async function readHealth(services: Services, turn: Turn) {
  const { tenantId, personId } = turn;
  const now = services.clock.now();
  const window = planWindow(now);
  return services.database.inTenant(tenantId, async (sql) => {
    const mailbox = await findMailbox(sql, tenantId, personId);
    const office = await findPlace(sql, tenantId, personId, 'office');
    const guessed = office ?? guessOffice(await eventsBetween(sql, tenantId, personId, window.from, window.to));
    return {
      person: await findPerson(sql, tenantId, personId),
      mailbox,
      feeds: await feedsOf(sql, tenantId, personId),
      subscriptions: await subscriptionsOf(sql, tenantId, personId),
      next: await nextNudge(sql, tenantId, personId),
      pause: await pauseOf(sql, tenantId),
      account: await findAccount(sql, tenantId, personId),
      undelivered: await undeliveredTo(sql, tenantId, personId, now - SHOWN_BACK_MS, SHOWN),
      later: await cameLaterTo(sql, tenantId, personId, now - SHOWN_BACK_MS, SHOWN),
      office: office?.label ?? (guessed ? 'where most of your room meetings are' : undefined),
    };
  });
}

/** Enough to know it again, too little for who looks over a shoulder. */
const accountFact = ({ address }: Pick<Person, 'address'>) =>
  address ? `${plain(masked('email', address))}, not the one you use in Teams` : 'not the one you use in Teams';

export const watchOn: Command = {
  name: 'watch on',
  aliases: ['watch', 'start', 'connect'],
  usage: 'watch on',
  help: 'start watching your calendar',
  group: 'watching',
  async run(services, turn) {
    if (await isWatching(services, turn)) return sentence('I’m watching already. **watch status** shows how it goes.');
    return startWatching(services, turn);
  },
};

/** Also for who is watched: the application may read for them, while only their own sign-in tells that they are an admin. */
export const signIn: Command = {
  name: 'sign in',
  aliases: ['signin', 'log in', 'login', 'sign me in'],
  usage: 'sign in',
  help: 'sign in, or once more, by a link for you alone',
  group: 'watching',
  isDetail: true,
  run: (services, turn) => offerSignIn(services, turn),
};

export const watchOff: Command = {
  name: 'watch off',
  aliases: ['stop', 'unwatch', 'disconnect'],
  usage: 'watch off',
  help: 'stop, and forget what I know of your calendar; “sign out” deletes your sign-in too',
  group: 'watching',
  async run(services, turn, rest) {
    if (rest !== '')
      return sentence(
        'That would stop for good and forget your calendar. **pause until monday** is silence for a while.',
      );
    const stopped = await stopWatching(services, turn);
    return stopped ? stoppedCard() : sentence('I wasn’t watching. **watch on** starts.');
  },
};

export const watchStatus: Command = {
  name: 'watch status',
  aliases: ['status', 'health'],
  usage: 'watch status',
  help: 'how the watching goes',
  group: 'watching',
  async run(services, turn) {
    const found = await readHealth(services, turn);
    const { person, mailbox, feeds, subscriptions, next, office, undelivered, later, pause, account } = found;
    if (person?.watch === 'reconnect') return reconnectCard();
    if (person?.watch !== 'on' || !mailbox) return notWatching();
    const settings = settingsOf(person);
    const now = services.clock.now();
    const ways = await waysNow(services, turn);
    const health = {
      since: person.watchSince,
      lastChangeAt: mailbox.changedAt,
      syncedAt: mailbox.syncedAt,
      subscribedUntil: subscriptions[0]?.expiresAt ?? null,
      ...(feeds.length > 0 && feeds.every((feed) => feed.polled) ? { pollMinutes: pollMinutes(services) } : {}),
      next,
      remindMinutes: settings.remindMinutes,
      settings,
      office,
      undelivered,
      later,
      ...(account?.accountId ? { account: accountFact(person) } : {}),
      ...(ways ? { ways: waysFact(ways) } : {}),
      ...(pause ? { pausedForAll: pausedWords(pause, person, now) } : {}),
    };
    return statusCard(health, person, now);
  },
};
