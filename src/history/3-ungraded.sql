create table exams_with_ungraded (
    exam text primary key,
    title text not null,
    at text not null,
    percent integer,
    pass integer not null,
    passed integer,
    complete integer not null,
    practice integer not null,
    tasks integer not null,
    used integer not null,
    seconds integer not null
) strict, without rowid;
insert into exams_with_ungraded
    select exam, title, at, percent, pass, passed, complete, practice, tasks, used, seconds from exams;
drop table exams;
alter table exams_with_ungraded rename to exams;
create index exams_at on exams (at);
