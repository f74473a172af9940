-- What a sign-in asks for beyond the base: the names of scopes ("Mail.Send"), in the form in which Entra takes them.
alter table cw.sign_in add column scopes text[] not null default '{}';
