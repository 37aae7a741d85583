create table lab_results (
    id integer primary key,
    attempt text not null,
    scenario text not null,
    at text not null,
    points integer not null,
    max integer not null,
    passed integer not null,
    complete integer not null,
    minutes real not null,
    hints integer not null,
    solution_shown integer not null,
    cluster text not null
) strict;
create index lab_results_scenario on lab_results (scenario, at);
create table lab_checks (
    result integer not null references lab_results (id) on delete cascade,
    check_id text not null,
    verdict text not null,
    points integer not null,
    max integer not null,
    primary key (result, check_id)
) strict, without rowid;
create table quiz_sessions (
    id integer primary key,
    started text not null,
    seed integer not null,
    deferred integer not null,
    items text not null,
    finished text
) strict;
create table quiz_answers (
    id integer primary key,
    session integer references quiz_sessions (id) on delete set null,
    item text not null,
    topic text not null,
    at text not null,
    answer text not null,
    points integer not null,
    of integer not null,
    self_marked integer not null,
    seconds real not null
) strict;
create unique index quiz_answers_once on quiz_answers (session, item) where session is not null;
create index quiz_answers_item on quiz_answers (item, at);
