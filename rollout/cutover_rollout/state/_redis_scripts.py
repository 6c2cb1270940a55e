"""What Redis does in one step each. A script runs alone, so that what it reads is still so when it writes.

Keys of a state: its hash (form, origin, version, document), the stream of its decisions, whose ids are the versions and
can only grow, and the hash of its leases. Times are the server's. Each script answers with a word and what belongs to
it.
"""

MIGRATIONS: tuple[str, ...] = ("",)
"""Lua that brings `state`, `decisions` and `leases` from one form to the next; the first is made, not come to."""

_CHECKED = """
local state, decisions, leases = KEYS[1], KEYS[2], KEYS[3]
local function kind(key) return redis.call('TYPE', key).ok end
local function clock() local t = redis.call('TIME'); return tonumber(t[1]) + tonumber(t[2]) / 1000000 end
local function check(known, older_too)
  for key, wanted in pairs({[state] = 'hash', [decisions] = 'stream', [leases] = 'hash'}) do
    local found = kind(key)
    if found ~= 'none' and found ~= wanted then return {'foreign', 'the key ' .. key .. ' is a ' .. found} end
  end
  local form = redis.call('HGET', state, 'form')
  if not form then
    if kind(state) ~= 'none' then return {'foreign', 'the hash ' .. state .. ' has no field form'} end
    if kind(decisions) ~= 'none' then return {'foreign', state .. ' is gone while its decisions are there'} end
    return nil
  end
  if not tonumber(form) then return {'foreign', 'the hash ' .. state .. ' has a form that is no number'} end
  if tonumber(form) > tonumber(known) then return {'newer', form} end
  if tonumber(form) < tonumber(known) and not older_too then return {'older', form} end
  return nil
end
local function begin(known, origin)
  if kind(state) == 'none' then
    redis.call('HSET', state, 'form', known, 'origin', origin, 'version', 0, 'document', '{}')
  end
end
local function holds(name, mark)
  local held = redis.call('HGET', leases, name)
  if not held then return nil end
  held = cjson.decode(held)
  if held.mark ~= mark or held.ends <= clock() then return nil end
  return held
end
"""

READ = (
    _CHECKED
    + """
local refused = check(ARGV[1], true)
if refused then return refused end
local row = redis.call('HMGET', state, 'version', 'origin')
if not row[1] then return {'nothing'} end
if row[1] == ARGV[2] and row[2] == ARGV[3] then return {'seen'} end
return {'row', row[1], row[2], redis.call('HGET', state, 'document')}
"""
)

WRITE = (
    _CHECKED
    + """
local known, version, origin, begun, channel, lease, held = unpack(ARGV)
local document, evidence, by, why = unpack(ARGV, 8)
local refused = check(known)
if refused then return refused end
if lease ~= '' and not holds(lease, held) then return {'lost'} end
begin(known, begun)
local row = redis.call('HMGET', state, 'version', 'origin')
local following = string.format('%d', tonumber(version) + 1)
if row[1] ~= version or (version ~= '0' and row[2] ~= origin) then return {'conflict', row[1]} end
redis.call('XADD', decisions, following .. '-0', 'at', string.format('%.6f', clock()), 'by', by, 'why', why,
  'evidence', evidence, 'document', document)
redis.call('HSET', state, 'version', following, 'document', document)
redis.call('PUBLISH', channel, following)
return {'row', following, row[2]}
"""
)

TAKE = (
    _CHECKED
    + """
local known, begun, name, holder, mark, seconds = unpack(ARGV)
local refused = check(known)
if refused then return refused end
begin(known, begun)
local held = redis.call('HGET', leases, name)
held = held and cjson.decode(held) or {fence = 0, ends = 0, seconds = 0}
if held.ends > clock() + held.seconds then -- the server's clock went back since
  held.ends = clock() + held.seconds
  redis.call('HSET', leases, name, cjson.encode(held))
end
if held.ends > clock() then return {'held'} end
local taken = {fence = held.fence + 1, mark = mark, holder = holder, seconds = tonumber(seconds)}
taken.ends = clock() + taken.seconds
redis.call('HSET', leases, name, cjson.encode(taken))
return {'taken', string.format('%d', taken.fence)}
"""
)

RENEW = (
    _CHECKED
    + """
local known, name, mark, seconds = unpack(ARGV)
local refused = check(known)
if refused then return refused end
local held = holds(name, mark)
if not held then return {'lost'} end
held.ends = clock() + tonumber(seconds)
redis.call('HSET', leases, name, cjson.encode(held))
return {'renewed'}
"""
)

RELEASE = (
    _CHECKED
    + """
local known, name, mark = unpack(ARGV)
local refused = check(known)
if refused then return refused end
local held = holds(name, mark)
if not held then return {'lost'} end
held.ends = 0
redis.call('HSET', leases, name, cjson.encode(held))
return {'released'}
"""
)


def migration() -> str:
    """The script that brings what is there to the present form, whoever else does so at the same time."""
    steps = "".join(f"if form < {n} then {step} end\n" for n, step in enumerate(MIGRATIONS, 1))
    return (
        _CHECKED
        + "local refused = check(ARGV[1], true)\nif refused then return refused end\n"
        + "local form = tonumber(redis.call('HGET', state, 'form') or ARGV[1])\n"
        + steps
        + "if kind(state) ~= 'none' then redis.call('HSET', state, 'form', ARGV[1]) end\nreturn {'done'}\n"
    )
