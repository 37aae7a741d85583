create table exams (
    exam text primary key,
    title text not null,
    at text not null,
    percent integer not null,
    pass integer not null,
    passed integer not null,
    complete integer not null,
    practice integer not null,
    tasks integer not null,
    used integer not null,
    seconds integer not null
) strict, without rowid;
create index exams_at on exams (at);
