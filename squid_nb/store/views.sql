-- What people query: plain names, ids as text, times in UTC. Later columns may be added after the first ones.
-- Table functions and types of extensions are left out: the instance cannot load any.

create or replace view v_sessions as
with counted as (
    select session_id, count(*) as messages from messages group by session_id
),
spent as (
    select
        session_id,
        sum(input_tokens)::bigint as input_tokens,
        sum(output_tokens)::bigint as output_tokens,
        sum(cost_usd) as cost_usd
    from usage
    group by session_id
)
select
    s.id::varchar as session_id,
    s.title,
    s.tags,
    s.model,
    s.created_at,
    s.updated_at,
    coalesce(c.messages, 0) as messages,
    coalesce(p.input_tokens, 0) as input_tokens,
    coalesce(p.output_tokens, 0) as output_tokens,
    p.cost_usd,
    s.pinned,
    s.archived,
    u.name as owner,
    s.owner_id::varchar as owner_id,
    s.notebook,
    s.system,
    s.head_id::varchar as head_id
from sessions as s
left join users as u on u.id = s.owner_id
left join counted as c on c.session_id = s.id
left join spent as p on p.session_id = s.id;

create or replace view v_messages as
select
    m.session_id::varchar as session_id,
    m.id::varchar as message_id,
    m.parent_id::varchar as parent_id,
    m.role,
    m.content,
    m.status,
    m.model,
    m.door,
    m.notebook,
    m.created_at,
    m.reasoning,
    m.provider,
    m.host,
    m.cell_id,
    m.execution_count,
    m.error,
    m.hint,
    s.title,
    u.name as owner,
    s.owner_id::varchar as owner_id
from messages as m
left join sessions as s on s.id = m.session_id
left join users as u on u.id = s.owner_id;

create or replace view v_usage as
select
    l.id::varchar as usage_id,
    l.session_id::varchar as session_id,
    l.message_id::varchar as message_id,
    l.provider,
    l.model,
    l.host,
    l.door,
    l.input_tokens,
    l.output_tokens,
    l.reasoning_tokens,
    l.cached_tokens,
    l.cost_usd,
    l.method,
    l.first_token_ms,
    l.duration_ms,
    l.created_at,
    u.name as owner,
    l.user_id::varchar as owner_id,
    -- Known while the session is: the ledger itself outlives what it was spent on.
    m.notebook,
    s.tags,
    s.title
from usage as l
left join users as u on u.id = l.user_id
left join messages as m on m.id = l.message_id
left join sessions as s on s.id = l.session_id;

create or replace view v_files as
with used as (
    select
        o.sha256,
        arg_max(o.name, o.created_at) as name,
        count(*) as uses,
        min(o.created_at) as first_used_at,
        max(o.created_at) as last_used_at,
        arg_max(s.owner_id, o.created_at) as owner_id
    from sources as o
    left join sessions as s on s.id = o.session_id
    group by o.sha256
),
named as (
    select name, count(distinct sha256) as versions from sources group by name
)
select
    f.sha256,
    used.name,
    f.mime_type,
    f.size_bytes,
    coalesce(named.versions, 0) as versions,
    coalesce(used.uses, 0) as uses,
    used.first_used_at,
    used.last_used_at,
    u.name as owner,
    used.owner_id::varchar as owner_id
from files as f
left join used on used.sha256 = f.sha256
left join named on named.name = used.name
left join users as u on u.id = used.owner_id;

-- Which variable, with which columns, or which file went to which host: attached to a question that was answered
-- there (`calls`), and, while it fitted, along with later questions of the session (`later_calls`, at most).
create or replace view v_egress as
with answered as (
    select
        o.id,
        a.host,
        a.provider,
        a.model,
        a.created_at,
        a.parent_id = o.message_id as direct
    from sources as o
    join messages as a
        on a.session_id = o.session_id and a.role = 'assistant'
        and (a.parent_id = o.message_id or a.created_at >= o.created_at)
    where a.host is not null
)
select
    a.host,
    a.provider,
    a.model,
    o.kind,
    o.name,
    json_extract_string(o.detail, '$.type') as type,
    cast(json_extract(o.detail, '$.columns') as varchar[]) as columns,
    cast(json_extract(o.detail, '$.shape') as bigint[]) as shape,
    f.size_bytes,
    o.sha256,
    count(*) filter (where a.direct) as calls,
    count(*) filter (where not a.direct) as later_calls,
    min(a.created_at) as first_sent_at,
    max(a.created_at) as last_sent_at,
    o.session_id::varchar as session_id,
    o.message_id::varchar as message_id,
    u.name as owner,
    s.owner_id::varchar as owner_id
from answered as a
join sources as o on o.id = a.id
left join files as f on f.sha256 = o.sha256
left join sessions as s on s.id = o.session_id
left join users as u on u.id = s.owner_id
group by all;
