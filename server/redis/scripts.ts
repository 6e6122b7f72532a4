/** The scripts that Redis runs atomically, and the names of the keys that they use. */

/** A script of Redis. */
export interface Script {
  readonly name: string;
  readonly lua: string;
}

/** Reads a room's epoch and number into `e` and `s`; makes a new epoch of `fresh` without them. */
const position = `
local function position(hash, stream, fresh)
  local known = redis.call('HMGET', hash, 'e', 's')
  local e, s = known[1], tonumber(known[2] or '')
  if e and s then return e, s end
  redis.call('DEL', stream)
  redis.call('HSET', hash, 'e', fresh, 's', '0')
  return fresh, 0
end
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function int(number) return string.format('%.0f', number) end
local function field(entry, name)
  for i = 1, #entry[2], 2 do if entry[2][i] == name then return entry[2][i + 1] end end
end
`;

/**
 * Numbers a message, stores it and publishes it. Where it may be stored already, the last message
 * of its node in the room tells, as a node sends them in order: it is looked for from there on, so
 * that no number of others' messages since then hides it, and its place is told. Where it is not
 * kept any more, the place of that last one is.
 *
 * Keys: hash, stream, last message of the node. Arguments: fresh epoch, body, id, messages to keep,
 * age to cut at or 0, milliseconds until it is forgotten, channel, head of the envelope, 1 to look,
 * number among the node's messages.
 */
export const publish: Script = {
  name: "publish",
  lua: `${position}
local e, s = position(KEYS[1], KEYS[2], ARGV[1])
if ARGV[9] == '1' then
  local last, at, epoch = string.match(redis.call('GET', KEYS[3]) or '', '^(%d+) (%d+) (.*)$')
  if epoch == e and tonumber(last) >= tonumber(ARGV[10]) then
    local before = tonumber(at)
    for _ = 1, 10 do
      local some = redis.call('XREVRANGE', KEYS[2], int(before), '-', 'COUNT', 100)
      for _, entry in ipairs(some) do
        before = tonumber(string.match(entry[1], '^%d+')) - 1
        if field(entry, 'i') == ARGV[3] then return { e, int(before + 1) } end
      end
      if #some < 100 then break end
    end
    return { e, at }
  end
end
local n, at = int(s + 1), now()
redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[4], n .. '-0', 'd', ARGV[2], 'i', ARGV[3], 't', int(at))
redis.call('HSET', KEYS[1], 's', n)
redis.call('SET', KEYS[3], ARGV[10] .. ' ' .. n .. ' ' .. e, 'PX', ARGV[6])
local age = tonumber(ARGV[5])
-- Readers look at the age of each message: this is for memory alone, and costs as much as the rest.
if age > 0 and (s + 1) % 8 == 0 then
  for _ = 1, 50 do
    local entry = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
    if not entry or tonumber(field(entry, 't') or 0) >= at - age then break end
    redis.call('XDEL', KEYS[2], entry[1])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
redis.call('PUBLISH', ARGV[7], ARGV[8] .. ARGV[3] .. ' ' .. e .. ' ' .. n .. ' ' .. ARGV[2])
return { e, n }
`,
};

/**
 * Reads what follows a position, or the newest messages, and where the stream stands.
 *
 * Keys: hash, stream. Arguments: fresh epoch, milliseconds until it is forgotten, size, greatest
 * age or 0, limit, number of the newest or -1, and the position: number and epoch.
 *
 * Returns epoch, number, 1 where the messages are complete, and number and body of each.
 */
export const read: Script = {
  name: "read",
  lua: `${position}
local e, s = position(KEYS[1], KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local size, age = tonumber(ARGV[3]), tonumber(ARGV[4])
local limit, last = tonumber(ARGV[5]), tonumber(ARGV[6])
local oldest = age > 0 and now() - age or 0
local result = { e, int(s), 1 }
local since = tonumber(ARGV[7])
if last >= 0 then
  since = s
  local count = math.min(last, size)
  local newest = count > 0 and redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', count) or {}
  for _, entry in ipairs(newest) do
    local n = tonumber(string.match(entry[1], '^%d+'))
    if n ~= since or tonumber(field(entry, 't') or 0) < oldest then break end
    since = n - 1
  end
elseif ARGV[8] ~= e or since > s or since < s - size then
  result[3] = 0
  return result
end
if since >= s then return result end
local expected = since
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], int(since + 1), '+', 'COUNT', limit)) do
  local n = tonumber(string.match(entry[1], '^%d+'))
  if n ~= expected + 1 or tonumber(field(entry, 't') or 0) < oldest then break end
  expected = n
  result[#result + 1] = int(n)
  result[#result + 1] = field(entry, 'd') or ''
end
if expected == since and limit > 0 then result[3] = 0 end
return result
`,
};

/**
 * Tells where streams stand, and keeps them from being forgotten. A stream that stands before what
 * a node has received of it, under the same epoch, has lost messages: it gets a new epoch. So does
 * one that has grown on since, where the number belongs to another message now.
 *
 * Keys: hash and stream of each. Arguments: milliseconds until they are forgotten; fresh epoch,
 * known epoch, known number and id of its message, or nothing, of each. Returns epoch and number of
 * each, and an empty epoch where a key is of a wrong type.
 */
export const check: Script = {
  name: "check",
  lua: `${position}
local function isOther(stream, number, id)
  if id == '' then return false end
  local entry = redis.pcall('XRANGE', stream, number, number, 'COUNT', 1)[1]
  return entry ~= nil and field(entry, 'i') ~= id
end
local result = {}
for i = 1, #KEYS, 2 do
  local at = (i - 1) / 2 * 4 + 2
  local is = redis.call('TYPE', KEYS[i]).ok
  if is == 'hash' or is == 'none' then
    local e, s = position(KEYS[i], KEYS[i + 1], ARGV[at])
    local number = ARGV[at + 2]
    if e == ARGV[at + 1]
      and (s < tonumber(number) or isOther(KEYS[i + 1], number, ARGV[at + 3])) then
      redis.call('DEL', KEYS[i], KEYS[i + 1])
      e, s = position(KEYS[i], KEYS[i + 1], ARGV[at])
    end
    redis.call('PEXPIRE', KEYS[i], ARGV[1])
    redis.call('PEXPIRE', KEYS[i + 1], ARGV[1])
    result[#result + 1] = e
    result[#result + 1] = int(s)
  else
    result[#result + 1] = ''
    result[#result + 1] = '0'
  end
end
return result
`,
};

/** Takes a holder of a user out of a room; `true` where nobody holds the user there any more. */
const leaving = `
local function leave(z, u, user, holder)
  local held = redis.call('ZREM', z, user .. '\\0' .. holder)
  local others = redis.call('ZRANGEBYLEX', z, '[' .. user .. '\\0', '(' .. user .. '\\1', 'LIMIT', 0, 1)
  if #others > 0 then return held == 1, false end
  redis.call('SREM', u, user)
  return held == 1, true
end
`;

/**
 * Brings a user into a room: 1 where nobody has held it there.
 *
 * Keys: members, users, what the node holds. Arguments: user, holder, what is held, 1 where it may
 * have been done already.
 */
export const enter: Script = {
  name: "enter",
  lua: `
local prefix = ARGV[1] .. '\\0'
local others = redis.call('ZRANGEBYLEX', KEYS[1], '[' .. prefix, '(' .. ARGV[1] .. '\\1', 'LIMIT', 0, 2)
local isFirst = #others == 0
  or ARGV[4] == '1' and #others == 1 and others[1] == prefix .. ARGV[2]
redis.call('SADD', KEYS[3], ARGV[3])
redis.call('ZADD', KEYS[1], 0, prefix .. ARGV[2])
redis.call('SADD', KEYS[2], ARGV[1])
return isFirst and 1 or 0
`,
};

/**
 * Takes a user out of a room: 1 where nobody holds it there any more. Keys and arguments as above.
 */
export const leave: Script = {
  name: "leave",
  lua: `${leaving}
redis.call('SREM', KEYS[3], ARGV[3])
local held, isLast = leave(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
return isLast and (held or ARGV[4] == '1') and 1 or 0
`,
};

/**
 * Renews a node's lease. The first node that finds an expired lease removes it, and has to remove
 * its users: its claim expires in the time of a lease, and passes to the next node that looks. A
 * node that is late itself does not remove others, which may have waited for the same Redis: it
 * gives them a new lease.
 *
 * Keys: leases, claims, nodes that are not known, mark of this one's users that were taken out.
 * Arguments: the node and when it was started, time of a lease, 1 where it has brought in its users
 * after the last answer.
 *
 * Returns 1 where the node is not known, the living ones, those that are this node's to take out,
 * and 1 where its own users were.
 */
export const renew: Script = {
  name: "renew",
  lua: `${position}
local at, lease = now(), tonumber(ARGV[2])
local own = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '')
redis.call('ZADD', KEYS[1], int(at + lease), ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
if not own then
  redis.call('SADD', KEYS[3], ARGV[1])
elseif ARGV[3] == '1' then
  redis.call('SREM', KEYS[3], ARGV[1])
  redis.call('DEL', KEYS[4])
end
local over = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. int(at))
local claimed = {}
if own and own - at < lease / 3 then
  for _, each in ipairs(over) do redis.call('ZADD', KEYS[1], int(at + lease), each) end
elseif own then
  claimed = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', int(at))
  for _, each in ipairs(over) do
    redis.call('ZREM', KEYS[1], each)
    claimed[#claimed + 1] = each
  end
  for _, each in ipairs(claimed) do
    redis.call('ZADD', KEYS[2], int(at + lease), each)
    redis.call('SREM', KEYS[3], each)
  end
end
local living = redis.call('ZRANGE', KEYS[1], 0, -1)
return {
  redis.call('SISMEMBER', KEYS[3], ARGV[1]), living, claimed, redis.call('EXISTS', KEYS[4]),
}
`,
};

/**
 * Gives up a lease, and lets the others take out what is left.
 *
 * Keys: leases, claims, nodes that are not known, what the node holds. Argument: the node.
 */
export const resign: Script = {
  name: "resign",
  lua: `
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('SREM', KEYS[3], ARGV[1])
if redis.call('EXISTS', KEYS[4]) == 1 then redis.call('ZADD', KEYS[2], 0, ARGV[1]) end
return 1
`,
};

/**
 * Takes out some of what a dead node holds, and ends the claim when nothing is left. Should the
 * node live, it finds a mark of this.
 *
 * Keys: what it holds, claims, mark. Arguments: start of the keys of presence, the node as it is
 * claimed, milliseconds for which the mark stays.
 * Returns 1 where more is left, and scope, room and user of those that no node holds any more.
 */
export const takeOut: Script = {
  name: "takeOut",
  lua: `${leaving}
local result = { 1 }
local held = redis.call('SPOP', KEYS[1], 100)
if #held > 0 then redis.call('SET', KEYS[3], '1', 'PX', ARGV[3]) end
for _, each in ipairs(held) do
  local scope, room, user, holder = string.match(each, '^(%Z*)%z(.*)%z(%Z*)%z(%Z*)$')
  if scope then
    local key = '{' .. ARGV[1] .. ':' .. scope .. ':p:' .. room .. '}'
    local _, isLast = leave(key .. ':z', key .. ':u', user, holder)
    if isLast then
      result[#result + 1] = scope
      result[#result + 1] = room
      result[#result + 1] = user
    end
  end
end
if #held < 100 then
  redis.call('ZREM', KEYS[2], ARGV[2])
  result[1] = 0
end
return result
`,
};

/** All scripts, to be loaded. */
export const scripts: readonly Script[] = [
  publish,
  read,
  check,
  enter,
  leave,
  renew,
  resign,
  takeOut,
];

/** The names of keys and channels of a deployment. */
export class Names {
  readonly prefix: string;
  readonly #channels: string;

  /** @param database Number of the database: channels are not of one. */
  constructor(prefix: string, database: number) {
    this.prefix = prefix;
    this.#channels = database === 0 ? prefix : `${prefix}@${database}`;
  }

  /** Hash and stream of a room. */
  room(scope: string, room: string): readonly [string, string] {
    const tag = `{${this.prefix}:${encodeURIComponent(scope)}:${room}}`;
    return [`${tag}:m`, `${tag}:s`];
  }

  /** The key of a node's last message in a room. */
  last(scope: string, room: string, node: string): string {
    return `{${this.prefix}:${encodeURIComponent(scope)}:${room}}:i:${node}`;
  }

  /** Members and users of a room. */
  presence(scope: string, room: string): readonly [string, string] {
    const tag = `{${this.prefix}:${encodeURIComponent(scope)}:p:${room}}`;
    return [`${tag}:z`, `${tag}:u`];
  }

  /** The key of the users that a node holds in presence. */
  held(node: string): string {
    return `${this.prefix}:h:${node}`;
  }

  /** Says that the users of a node were taken out. */
  taken(node: string): string {
    return `${this.prefix}:t:${node}`;
  }

  /** Leases of the nodes, who takes out the dead, and nodes that are not known. */
  get leases(): readonly [string, string, string] {
    return [`${this.prefix}:nodes`, `${this.prefix}:dead`, `${this.prefix}:new`];
  }

  /** Where nodes tell that they come and go. */
  get nodes(): string {
    return `${this.#channels}:nodes`;
  }

  /** The channel of a topic. */
  channel(scope: string, topic: string): string {
    const colon = topic.indexOf(":");
    const kind = colon < 0 ? topic : `${topic[0]}${topic.slice(colon)}`;
    return `${this.#channels}:${encodeURIComponent(scope)}:${kind}`;
  }
}
