"""Several bot processes on one PostgreSQL: each chat is worked on by one at a time, and none is forgotten.

::

    cook ── platform ──► a process that receives ──► inbox (SQL) ──► a process with a free worker ──► platform ── cook

- A process is a *member* (:mod:`crew`): a row that its heartbeat keeps alive. Whoever is silent for ``bots.lease_s``
  is taken for dead. Its number is never given again and is the fencing token (:mod:`bot.fence`).
- What a member does alone is a *claim*: one row with the member's number, for a chat that it answers, or for a role:
  fetching updates of Telegram, a shard of Discord's gateway, timers and news of a platform, the calendar, scoring.
  The claims of the dead are deleted, and whoever is first has them next.
- What was received and not delivered stands in the *inbox* (:mod:`inbox`), put there in the transaction that logs the
  message and taken away in the one that notes its delivery. Any member takes a chat from it, the one that waited
  longest first, answers its oldest message and lets the chat go again (:mod:`host`).

Rows and not advisory locks, although those go with the connection of a process that dies: a process that is merely
stopped keeps its connection and would hold its chats for good, a pooler in front of the database would mix them up, and
they carry no number that a late write could be refused by. With SQLite one process serves, and nothing of this is used.
"""
