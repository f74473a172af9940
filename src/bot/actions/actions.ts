/** All buttons. What they carry is foreign input: ids are looked up in the presser's own mailbox and nowhere else. */
import { SIGN_OUT, WATCH_ON } from '../cards/connection.ts';
import { signOut } from '../commands/sign-out.ts';
import { watchOn } from '../commands/watch.ts';
import type { ButtonAction } from './action.ts';
import { pressResumeAll, pressRetryDeliveries, pressWatchTenant } from './admin.ts';
import { AGENDA_ACTIONS } from './agenda.ts';
import { pressChooseCalendars } from './calendars.ts';
import { CHECK_IN_ACTIONS } from './check-in.ts';
import { FOLLOW_UP_ACTIONS } from './follow-up.ts';
import { LATE_ACTIONS } from './late.ts';
import { pressJoinsOnline, pressThereAlready } from './leave.ts';
import { MUTE_ACTIONS } from './mute.ts';
import { POINTS_ACTIONS } from './points.ts';
import { pressPrepareAnswer } from './prepare.ts';
import { PRIVACY_ACTIONS } from './privacy.ts';
import { REMINDER_ACTIONS } from './reminder.ts';
import { RESPOND_ACTIONS } from './respond.ts';
import { ROOM_ACTIONS } from './rooms.ts';
import { RULE_NOTICE_ACTIONS } from './rule-notices.ts';
import { RULE_ACTIONS } from './rules.ts';
import { SETTINGS_ACTIONS } from './settings.ts';
import { pressShowTime } from './time.ts';
import { WAY_ACTIONS } from './ways.ts';
import { WEBHOOK_ACTIONS } from './webhooks.ts';

const pressWatchOn: ButtonAction = {
  verb: WATCH_ON,
  run: async (services, turn) => ({ reply: await watchOn.run(services, turn, '') }),
};

const pressSignOut: ButtonAction = {
  verb: SIGN_OUT,
  run: async (services, turn) => ({ card: await signOut(services, turn) }),
};

export const ACTIONS: readonly ButtonAction[] = [
  pressWatchOn,
  pressSignOut,
  ...AGENDA_ACTIONS,
  ...POINTS_ACTIONS,
  pressPrepareAnswer,
  pressChooseCalendars,
  pressRetryDeliveries,
  pressResumeAll,
  pressWatchTenant,
  ...REMINDER_ACTIONS,
  ...RESPOND_ACTIONS,
  ...SETTINGS_ACTIONS,
  ...WAY_ACTIONS,
  ...MUTE_ACTIONS,
  pressThereAlready,
  pressJoinsOnline,
  ...FOLLOW_UP_ACTIONS,
  ...LATE_ACTIONS,
  ...PRIVACY_ACTIONS,
  ...RULE_NOTICE_ACTIONS,
  ...RULE_ACTIONS,
  ...WEBHOOK_ACTIONS,
  pressShowTime,
  ...CHECK_IN_ACTIONS,
  ...ROOM_ACTIONS,
];
