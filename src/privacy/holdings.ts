/**
 * All tables of the product, and what each holds of a person: how their rows are found, what of it they are given, what
 * forgetting does to it, how long it is kept. A test holds this list against the database: no table or column is missing.
 */

export type Retention =
  /** As long as the person is here: until “forget me”, or UNINSTALL_KEEP_DAYS after the bot was removed. */
  | 'person'
  /** While their calendar is watched. */
  | 'watching'
  | 'past'
  | 'ledger'
  | 'audit'
  | 'minutes'
  | 'day'
  /** What holds nothing of a person. */
  | 'operation';

export const RETENTION_WORDS: Record<Retention, string> = {
  person:
    'as long as you use Calendar Watch; “forget me” ends it, and so does UNINSTALL_KEEP_DAYS after you removed it',
  watching: 'while your calendar is watched',
  past: 'PAST_KEEP_DAYS after it is over, while your calendar is watched',
  ledger: 'LEDGER_KEEP_DAYS',
  audit: 'AUDIT_KEEP_DAYS; “forget me” leaves it, because it proves what was done',
  minutes: 'ten minutes',
  day: 'a day',
  operation: 'nothing of a person',
};

export interface Holding {
  /** In schema cw. */
  table: string;
  /** What it is for, as the person reads it. */
  about: string;
  /** Whose rows: a condition on the table's own columns; $1 is the tenant, $2 the person. Null: nobody's. */
  whose: string | null;
  /** Columns that the person is given. */
  exported: readonly string[];
  /** Columns that they are not, and why: secrets stay sealed. */
  withheld: Readonly<Record<string, string>>;
  /** Of the primary key, without the tenant: the order of reading in steps. */
  key: readonly string[];
  /** 'now': by “forget me” at once. 'later': once the subscriptions at Graph have ended. Else why it stays. */
  forgetting: 'now' | 'later' | { stays: string };
  retention: Retention;
}

const SEALED = 'kept sealed (AES-256-GCM); a secret of no use to you, and of much to a thief';
const HASHED = 'a hash of a secret';
const TENANT = 'said once at the head of the file';
const OF_PERSON = 'tenant_id = $1 and person_id = $2';
const OF_MAILBOX =
  'tenant_id = $1 and mailbox_id in (select m.mailbox_id from cw.mailbox m where m.tenant_id = $1 and m.person_id = $2)';
/** The chat with them, and group chats whose reference names them because they spoke there last. */
const OF_CHAT = `tenant_id = $1 and (lower(reference #>> '{user,aadObjectId}') = $2 or conversation_id in (
  select p.conversation_id from cw.person p where p.tenant_id = $1 and p.person_id = $2 and p.conversation_id is not null))`;
/** The SDK names its rows by chat and by the user's id there. */
const OF_TURN_STATE = `tenant_id = $1 and exists (select from cw.conversation c where c.tenant_id = $1
  and (lower(c.reference #>> '{user,aadObjectId}') = $2 or c.conversation_id in (
    select p.conversation_id from cw.person p where p.tenant_id = $1 and p.person_id = $2))
  and (right(key, length(c.conversation_id) + 1) = '/' || c.conversation_id
    or right(key, length(c.reference #>> '{user,id}') + 7) = '/users/' || (c.reference #>> '{user,id}')))`;

/** In rooms' calendars people are known by their address. */
const OF_ORGANIZER =
  'tenant_id = $1 and organizer = (select p.address from cw.person p where p.tenant_id = $1 and p.person_id = $2)';

const NOBODYS = (table: string, about: string, columns: string, key: string): Holding => ({
  table,
  about,
  whose: null,
  exported: [],
  withheld: Object.fromEntries(columns.split(' ').map((name) => [name, 'nothing of a person'])),
  key: key.split(' '),
  forgetting: { stays: 'it holds nothing of a person' },
  retention: 'operation',
});

const list = (columns: string) => columns.split(/\s+/);

/** In the order in which forgetting deletes: what refers to others first; where a chat is told by, before the chat. */
export const HOLDINGS: readonly Holding[] = [
  {
    table: 'nudge',
    about:
      'What is to be said to you and what was: messages about your meetings, when and how they were sent, or why not.',
    whose: OF_PERSON,
    exported:
      list(`nudge_id person_id mailbox_id kind event_id start_at lead_ms earliest_at due_at deadline_at facts wanted
      correlation_id planned_at state send_at lease fence attempts ambiguous activity_id conversation_id reason ended_at
      sending_at held way why_way`),
    withheld: { tenant_id: TENANT },
    key: ['nudge_id'],
    forgetting: 'now',
    retention: 'ledger',
  },
  {
    table: 'card',
    about: 'Messages about your meetings that stand in the chat and may still be brought up to date.',
    whose: OF_PERSON,
    exported:
      list(`nudge_id person_id conversation_id activity_id kind event_id start_at facts shape why sent_at ends_at
      update_at revision attempts lease`),
    withheld: { tenant_id: TENANT },
    key: ['nudge_id'],
    forgetting: 'now',
    retention: 'ledger',
  },
  {
    table: 'errand',
    about: 'What your rules, and rooms that you asked for, had me do: when, and what became of it.',
    whose: OF_PERSON,
    exported: list(`errand_id kind person_id mailbox_id event_id start_at rule_id trigger payload due_at deadline_at
      correlation_id planned_at state send_at lease fence attempts ambiguous sending_at reason outcome ended_at`),
    withheld: { tenant_id: TENANT },
    key: ['errand_id'],
    forgetting: 'now',
    retention: 'ledger',
  },
  {
    table: 'rule',
    about: 'Rules that you made: when, which, do.',
    whose: OF_PERSON,
    exported: list(`rule_id person_id scope name spec limit_per_hour made_at active_since paused_at paused_why`),
    withheld: { tenant_id: TENANT },
    key: ['rule_id'],
    forgetting: 'now',
    retention: 'person',
  },
  {
    table: 'webhook',
    about: 'Addresses that your rules tell.',
    whose: OF_PERSON,
    exported: list('webhook_id person_id host made_at failing_since off_at'),
    withheld: { tenant_id: TENANT, url: SEALED, secret: SEALED },
    key: ['webhook_id'],
    forgetting: 'now',
    retention: 'person',
  },
  {
    table: 'room_ask',
    about: 'Rooms that you asked for in the chat.',
    whose: OF_PERSON,
    exported: list('ask_id person_id room_id event_id start_at end_at state nudge_id asked_at settled_at'),
    withheld: { tenant_id: TENANT },
    key: ['ask_id'],
    forgetting: 'now',
    retention: 'ledger',
  },
  {
    table: 'check_in',
    about: 'Rooms that you were asked to check in to.',
    whose: OF_PERSON,
    exported:
      list(`room_id event_id start_at end_at series_id organizer person_id asked_by ask_at release_at state reason
      settled_at`),
    withheld: { tenant_id: TENANT, token_hash: HASHED },
    key: ['room_id', 'event_id', 'start_at'],
    forgetting: 'now',
    retention: 'past',
  },
  {
    table: 'booking',
    about: 'Rooms that you booked: when, for how many.',
    whose: OF_ORGANIZER,
    exported: list('room_id event_id series_id start_at end_at state held_since organizer organizer_name size'),
    withheld: { tenant_id: TENANT },
    key: ['room_id', 'event_id'],
    forgetting: { stays: 'that the room was taken then; your name and address are taken out of it' },
    retention: 'past',
  },
  {
    table: 'event',
    about: 'The copy of your calendar’s entries; of private ones their times alone.',
    whose: OF_MAILBOX,
    exported: list('mailbox_id event_id calendar_id type series_master_id start_at end_at data'),
    withheld: { tenant_id: TENANT },
    key: ['mailbox_id', 'event_id'],
    forgetting: 'now',
    retention: 'past',
  },
  {
    table: 'change',
    about: 'What changed in your calendar: before and after.',
    whose: OF_MAILBOX,
    exported: list(`mailbox_id change_id event_id kind noticed_at correlation_id before after aspects scope series_id
      occurrences told_in`),
    withheld: { tenant_id: TENANT },
    key: ['mailbox_id', 'change_id'],
    forgetting: 'now',
    retention: 'ledger',
  },
  {
    table: 'own_write',
    about: 'Versions of entries that I wrote for you (answers, agendas), so that I do not report them to you as news.',
    whose: OF_MAILBOX,
    exported: list('mailbox_id change_key written_at'),
    withheld: { tenant_id: TENANT },
    key: ['mailbox_id', 'change_key'],
    forgetting: 'now',
    retention: 'ledger',
  },
  {
    table: 'inbox',
    about: 'Microsoft told that something changed in your calendar; read and gone within moments.',
    whose: OF_MAILBOX,
    exported: list(`mailbox_id seq duty subscription_id word correlation_id received_at hint_event_id hint_etag`),
    withheld: { tenant_id: TENANT },
    key: ['mailbox_id', 'seq'],
    forgetting: 'now',
    retention: 'watching',
  },
  {
    table: 'feed',
    about: 'The calendars that you had watched, and how far they have been read.',
    whose: OF_MAILBOX,
    exported:
      list(`mailbox_id calendar_id window_from window_to name shared off polled closed_at look_at asked_at asked_full
      asks full_at echoes`),
    withheld: { tenant_id: TENANT, delta_link: 'Microsoft’s bookmark into your calendar, of no meaning outside' },
    key: ['mailbox_id', 'calendar_id'],
    forgetting: 'now',
    retention: 'watching',
  },
  {
    table: 'answer',
    about: 'What you answered: “no agenda for this one”, points for an agenda, and the like.',
    whose: OF_PERSON,
    exported: list('person_id kind event_id value answered_at'),
    withheld: { tenant_id: TENANT },
    key: ['person_id', 'kind', 'event_id'],
    forgetting: 'now',
    retention: 'ledger',
  },
  {
    table: 'place',
    about: 'Places that you named: office, home.',
    whose: OF_PERSON,
    exported: list('person_id name label latitude longitude'),
    withheld: { tenant_id: TENANT },
    key: ['person_id', 'name'],
    forgetting: 'now',
    retention: 'person',
  },
  {
    table: 'way',
    about: 'Addresses by which you wanted to be reached beside Teams.',
    whose: OF_PERSON,
    exported: list('person_id way address confirmed_at stopped_at code_until code_tries created_at'),
    withheld: { tenant_id: TENANT, stop_token: 'the secret of the link that ends mails', code_hash: HASHED },
    key: ['person_id', 'way'],
    forgetting: 'now',
    retention: 'person',
  },
  {
    table: 'app_member',
    about: 'Groups by which an admin had your calendar watched.',
    whose: OF_PERSON,
    exported: list('watch_id person_id seen_at joined_at greeted_at'),
    withheld: { tenant_id: TENANT },
    key: ['watch_id', 'person_id'],
    forgetting: 'now',
    retention: 'person',
  },
  {
    table: 'sign_in',
    about: 'A sign-in that you began and have not ended.',
    whose: OF_PERSON,
    exported: list(
      'person_id conversation_id expires_at scopes account_id code_tries exchange_id exchange_state begun_at',
    ),
    withheld: { tenant_id: TENANT, state_hash: HASHED, verifier: SEALED, account_cache: SEALED, code_hash: HASHED },
    // Not shown, but it is the key: one a person.
    key: ['person_id'],
    forgetting: 'now',
    retention: 'minutes',
  },
  {
    table: 'export_link',
    about: 'A link to such a file as this.',
    whose: OF_PERSON,
    exported: list('person_id expires_at kind detail'),
    withheld: { tenant_id: TENANT, token_hash: HASHED },
    key: ['person_id'],
    forgetting: 'now',
    retention: 'minutes',
  },
  {
    table: 'turn_state',
    about: 'What Microsoft’s library remembers of a conversation; as a rule nothing.',
    whose: OF_TURN_STATE,
    exported: list('key data etag'),
    withheld: { tenant_id: TENANT },
    key: ['key'],
    forgetting: 'now',
    retention: 'person',
  },
  {
    table: 'conversation',
    about: 'The chat with you: what is needed to write to you first.',
    whose: OF_CHAT,
    exported: list('conversation_id kind reference seen_at recent_sends hour_full_at'),
    withheld: { tenant_id: TENANT },
    key: ['conversation_id'],
    forgetting: 'now',
    retention: 'person',
  },
  {
    table: 'subscription',
    about: 'What Microsoft was asked to tell about your calendar, until when.',
    whose: OF_MAILBOX,
    exported:
      list(`subscription_id mailbox_id expires_at renew_at proven_at created_at calendar_id authorized_at token_until
      reauthorize_at certificate_id`),
    withheld: { tenant_id: TENANT, client_state_hash: HASHED },
    key: ['subscription_id'],
    forgetting: 'later',
    retention: 'watching',
  },
  {
    table: 'mailbox',
    about: 'That your mailbox is watched, and when it is looked at next.',
    whose: OF_PERSON,
    exported:
      list(`mailbox_id person_id sync_due_at sync_lease sync_fence sync_failures care_due_at care_lease care_fence
      care_failures synced_at changed_at echoes greet ending leftovers_at blind_since unreadable_since profile_at`),
    withheld: { tenant_id: TENANT },
    key: ['mailbox_id'],
    forgetting: 'later',
    retention: 'watching',
  },
  {
    table: 'token_cache',
    about: 'Your sign-in, which lets me read your calendar.',
    whose: OF_PERSON,
    exported: list('person_id version'),
    withheld: { tenant_id: TENANT, cache: SEALED },
    key: ['person_id'],
    forgetting: 'later',
    retention: 'person',
  },
  {
    table: 'person',
    about: 'You: language, time zone, working hours, absence, address, your settings, and since when.',
    whose: OF_PERSON,
    exported: list(`person_id conversation_id locale time_zone watch watch_since is_admin settings welcomed_at seen_at
      working_hours away address replan_at access declined_at own_before account_id uninstalled_at watched_before
      forgetting_at kind`),
    withheld: { tenant_id: TENANT },
    key: ['person_id'],
    forgetting: 'later',
    retention: 'person',
  },
  {
    table: 'audit',
    about: 'Who did what: connected, agreed, changed something for all, exported, forgot. Ids and codes, no content.',
    whose: 'tenant_id = $1 and (person_id = $2 or actor_id = $2)',
    exported: list('audit_id at actor_id person_id act detail'),
    withheld: { tenant_id: TENANT },
    key: ['audit_id'],
    forgetting: { stays: 'it proves who did what, also that all was forgotten; it holds ids and codes alone' },
    retention: 'audit',
  },
  {
    table: 'tenant',
    about: 'That you paused sending for everybody, if you are the admin who did.',
    whose: 'tenant_id = $1 and paused_by = $2',
    exported: ['paused_at', 'paused_by'],
    withheld: Object.fromEntries(
      list('tenant_id first_seen_at pace_at care_pace_at policy').map((name) => [
        name,
        'your organisation’s, not yours',
      ]),
    ),
    key: ['paused_by'],
    forgetting: { stays: 'the pause is your organisation’s; your id is taken out of it' },
    retention: 'operation',
  },
  {
    table: 'app_watch',
    about: 'Groups that you, as an admin, had watched.',
    whose: 'tenant_id = $1 and added_by = $2',
    exported: list('watch_id kind object_id label added_by added_at'),
    withheld: Object.fromEntries(
      list('tenant_id look_at looked_at lease problem failures ending').map((name) => [
        name,
        'not of you, but of the group',
      ]),
    ),
    key: ['watch_id'],
    forgetting: { stays: 'the watch is your organisation’s; your id is taken out of it' },
    retention: 'operation',
  },
  {
    ...NOBODYS('spot', 'Where an address lies.', 'tenant_id address_hash latitude longitude found_at', 'address_hash'),
    forgetting: { stays: 'hashes of addresses of meetings, without whose; they go with age' },
    retention: 'ledger',
  },
  {
    ...NOBODYS('code_count', 'How often codes were sent.', 'of_hash sent', 'of_hash'),
    forgetting: { stays: 'a hash, so that nobody is flooded with codes; it goes within a day' },
    retention: 'day',
  },
  {
    table: 'room',
    about: 'Rooms that you, as an admin, added.',
    whose: 'tenant_id = $1 and added_by = $2',
    exported: list('room_id address name added_by added_at'),
    withheld: Object.fromEntries(
      list('tenant_id building floor capacity features latitude longitude keeps_ghosts policy').map((name) => [
        name,
        'not of you, but of the room',
      ]),
    ),
    key: ['room_id'],
    forgetting: { stays: 'the room is your organisation’s; your id is taken out of it' },
    retention: 'operation',
  },
  {
    table: 'channel',
    about: 'Channels and group chats that you added me to.',
    whose: 'tenant_id = $1 and added_by = $2',
    exported: list('conversation_id kind team_id team_name name added_by seen_at'),
    withheld: { tenant_id: TENANT, reference: 'not of you, but of the channel' },
    key: ['conversation_id'],
    forgetting: { stays: 'the channel is your organisation’s; your id is taken out of it' },
    retention: 'operation',
  },
  {
    ...NOBODYS(
      'room_conflict',
      'Two bookings of one room at one time.',
      'tenant_id conflict_id room_id first_key second_key occurrences found_at told settled_at',
      'conflict_id',
    ),
    retention: 'past',
  },
  NOBODYS('heartbeat', 'That somebody is at work.', 'one beat_at', 'one'),
  NOBODYS('outage', 'When nobody was.', 'from_at to_at', 'from_at'),
  NOBODYS('instance', 'Who is at work.', 'instance_id started_at beat_at', 'instance_id'),
  NOBODYS('duty_lease', 'Work that one does for all.', 'name lease', 'name'),
  NOBODYS('way_pace', 'How fast mails and SMS go.', 'way pace_at', 'way'),
  NOBODYS(
    'rich_certificate',
    'Keys to what Microsoft encrypts for this server.',
    'certificate_id certificate private_key made_at expires_at',
    'certificate_id',
  ),
];

/** What is of a person, in the order of the export. */
export const EXPORTED: readonly Holding[] = [...HOLDINGS].reverse().filter((one) => one.whose !== null);
