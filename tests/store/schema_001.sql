-- The file of the first release: its tables as they were, and a row in each. Never edited.
create table migrations (version integer not null, name varchar not null, applied_at timestamp);
create table users (id uuid not null, name varchar not null, created_at timestamp not null);
create table sessions (
    id uuid not null, owner_id uuid not null, title varchar not null, model varchar, system varchar, notebook varchar,
    head_id uuid, tags varchar[] not null, pinned boolean not null, archived boolean not null,
    created_at timestamp not null, updated_at timestamp not null
);
create table messages (
    id uuid not null, session_id uuid not null, parent_id uuid, role varchar not null, content varchar not null,
    reasoning varchar not null, status varchar not null, error varchar, hint varchar, model varchar, provider varchar,
    host varchar, door varchar not null, notebook varchar, cell_id varchar, execution_count integer,
    writer_host varchar not null, writer_pid integer not null, writer_started double not null,
    heartbeat_at timestamp not null, created_at timestamp not null
);
create table sources (
    id uuid not null, session_id uuid not null, message_id uuid not null, kind varchar not null, name varchar not null,
    detail varchar not null, sha256 varchar not null, created_at timestamp not null
);
create table files (
    sha256 varchar not null, size_bytes bigint not null, mime_type varchar not null, text varchar, data blob not null,
    created_at timestamp not null
);
create table usage (
    id uuid not null, session_id uuid not null, message_id uuid not null, user_id uuid not null,
    provider varchar not null, model varchar not null, host varchar not null, door varchar not null,
    input_tokens bigint, output_tokens bigint, reasoning_tokens bigint, cached_tokens bigint, cost_usd double,
    method varchar not null, first_token_ms double, duration_ms double, created_at timestamp not null
);
insert into migrations values (1, 'tables', '2026-11-24 08:00:00');
insert into users values ('01a20ca5-5ac9-782e-ae08-c9ac294efc8e', 'ann', '2026-11-24 08:00:00');
insert into sessions values (
    '01a20ca5-5acb-780d-8a7c-5bcb3c0c7815', '01a20ca5-5ac9-782e-ae08-c9ac294efc8e', 'The first session', null, null,
    'work.ipynb', '01a20ca5-5ad3-7604-8f73-2cbd285adf13', ['old'], false, false, '2026-11-24 08:00:00',
    '2026-11-24 08:00:02'
);
insert into messages values
(
    '01a20ca5-5acc-73d3-84d5-035bf017d6e0', '01a20ca5-5acb-780d-8a7c-5bcb3c0c7815', null, 'user', 'What is a squid?',
    '', 'complete', null, null, null, null, null, 'magic', 'work.ipynb', 'cell-1', 3, 'machine', 42, 1.5,
    '2026-11-24 08:00:01', '2026-11-24 08:00:01'
),
(
    '01a20ca5-5ad3-7604-8f73-2cbd285adf13', '01a20ca5-5acb-780d-8a7c-5bcb3c0c7815',
    '01a20ca5-5acc-73d3-84d5-035bf017d6e0', 'assistant', 'A cephalopod.', '', 'complete', null, null, 'smollm2',
    'embedded', 'in process', 'magic', 'work.ipynb', 'cell-1', 3, 'machine', 42, 1.5, '2026-11-24 08:00:02',
    '2026-11-24 08:00:02'
);
insert into sources values (
    '01a20ca5-5ad1-72b1-a643-3fc7d2a10909', '01a20ca5-5acb-780d-8a7c-5bcb3c0c7815',
    '01a20ca5-5acc-73d3-84d5-035bf017d6e0', 'file', 'facts.txt', '{"path": "facts.txt"}',
    'a94547b5617968f8342ce7c0ebd9c4c0cd6b4c67800eda4b4e86a16cf3133480', '2026-11-24 08:00:01'
);
insert into files values (
    'a94547b5617968f8342ce7c0ebd9c4c0cd6b4c67800eda4b4e86a16cf3133480', 11, 'text/plain', 'squid facts', 'squid facts'::blob, '2026-11-24 08:00:01'
);
insert into usage values (
    '01a20ca5-5ae2-7d00-90ca-ff78f42bacf3', '01a20ca5-5acb-780d-8a7c-5bcb3c0c7815',
    '01a20ca5-5ad3-7604-8f73-2cbd285adf13', '01a20ca5-5ac9-782e-ae08-c9ac294efc8e', 'embedded', 'smollm2',
    'in process', 'magic', 12, 34, null, null, 0.5, 'measured', 10.0, 20.0, '2026-11-24 08:00:02'
);
