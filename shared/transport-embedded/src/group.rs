//! Groups: joining, sharing the partitions out, committing positions, leaving.
//!
//! Every function runs inside one write transaction, so members see each other's steps whole.
//! A share carries its owner and an epoch that rises with every new owner: whoever commits must
//! still be that owner with that epoch, which is what keeps a former owner out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use wiredesk_pipeline::TransportError;

use crate::balance::{self, Standing};
use crate::error::Failure;
use crate::roster::{self, MemberRow, Sightings};
use crate::store::Store;
use crate::topics::TopicInfo;

/// A member's place in its group.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    pub(crate) group_id: i64,
    pub(crate) group: String,
    pub(crate) instance: String,
    pub(crate) token: i64,
    pub(crate) topics: Vec<Arc<TopicInfo>>,
}

/// A partition that a member holds, as it knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) partition_id: i64,
    pub(crate) epoch: i64,
}

/// What came of looking after one's membership.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tended {
    /// The member's token, a new one where it had been put out.
    pub(crate) token: i64,
    pub(crate) generation: i64,
    /// Partitions that others took, or may take.
    pub(crate) lost: Vec<i64>,
    /// Partitions that others wait for.
    pub(crate) surplus: Vec<i64>,
    /// Partitions newly taken, with the committed position.
    pub(crate) taken: Vec<(Claim, Option<i64>)>,
}

/// Joins: whoever held the same instance id before is out.
pub(crate) fn join(
    store: &Store,
    transaction: &Transaction<'_>,
    (group, instance): (&str, &str),
    topics: Vec<Arc<TopicInfo>>,
) -> Result<Seat, Failure> {
    transaction.execute(
        "INSERT INTO consumer_groups (name) VALUES (?1) ON CONFLICT (name) DO NOTHING",
        [group],
    )?;
    let group_id = transaction.query_row(
        "SELECT id FROM consumer_groups WHERE name = ?1",
        [group],
        |row| row.get(0),
    )?;
    for partition_id in topics.iter().flat_map(|topic| &topic.partitions) {
        transaction.execute(
            "INSERT INTO shares (group_id, partition_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![group_id, partition_id],
        )?;
    }
    if let Some(former) = token_of(transaction, group_id, instance)? {
        put_out(transaction, group_id, former)?;
    }
    let mut seat = Seat {
        group_id,
        group: group.to_owned(),
        instance: instance.to_owned(),
        token: 0,
        topics,
    };
    seat.token = sit_down(store, transaction, &seat)?;
    Ok(seat)
}

/// Looks after one's membership: beats, puts out the silent, and compares what each holds with
/// its share.
pub(crate) fn tend(
    store: &Store,
    transaction: &Transaction<'_>,
    seat: &Seat,
    held: &BTreeMap<i64, i64>,
    sightings: &mut Sightings,
) -> Result<Tended, Failure> {
    let mut tended = Tended {
        token: seat.token,
        ..Tended::default()
    };
    let mut held = held.clone();
    match token_of(transaction, seat.group_id, &seat.instance)? {
        Some(token) if token != seat.token => return Err(fenced(seat).into()),
        Some(_) => beat(store, transaction, seat)?,
        None => {
            tended.lost = held.keys().copied().collect();
            held.clear();
            tended.token = sit_down(store, transaction, seat)?;
        }
    }
    let members = living_members(store, transaction, seat, tended.token, sightings)?;
    let before = (tended.lost.len(), tended.taken.len());
    for topic in &seat.topics {
        share_out(transaction, seat, topic, (&members, &held), &mut tended)?;
    }
    if before != (tended.lost.len(), tended.taken.len()) {
        note_change(transaction, seat.group_id)?;
    }
    tended.generation = generation(transaction, seat.group_id)?;
    Ok(tended)
}

/// The members that are not silent; those that are, are put out.
fn living_members(
    store: &Store,
    transaction: &Transaction<'_>,
    seat: &Seat,
    own_token: i64,
    sightings: &mut Sightings,
) -> Result<Vec<MemberRow>, Failure> {
    let mut members = roster::members(transaction, seat.group_id)?;
    let (now, now_ms) = (Instant::now(), store.settings.clock.now_ms());
    let mut silent = Vec::new();
    members.retain(|member| {
        let goes = member.token != own_token && sightings.is_silent(member, now, now_ms);
        if goes {
            silent.push((member.token, member.instance.clone()));
        }
        !goes
    });
    for (token, instance) in silent {
        tracing::warn!(group = %seat.group, %instance, "member is silent, its partitions go to the others");
        put_out(transaction, seat.group_id, token)?;
    }
    sightings.keep_only(&members);
    Ok(members)
}

/// Compares what the member holds of one topic with its share: takes what is free, and says what
/// is surplus.
fn share_out(
    transaction: &Transaction<'_>,
    seat: &Seat,
    topic: &TopicInfo,
    (members, held): (&[MemberRow], &BTreeMap<i64, i64>),
    tended: &mut Tended,
) -> Result<(), Failure> {
    let me = tended.token;
    let owners = owners(transaction, seat.group_id)?;
    let mut mine = Vec::new();
    let mut free = Vec::new();
    for &partition_id in &topic.partitions {
        let share = owners.get(&partition_id).copied().unwrap_or_default();
        let known = held.get(&partition_id);
        let is_mine = share.owner == Some(me) && known == Some(&share.epoch);
        if is_mine {
            mine.push(partition_id);
            continue;
        }
        if known.is_some() {
            tended.lost.push(partition_id);
        }
        let has_living_owner = members
            .iter()
            .any(|member| member.token != me && share.owner == Some(member.token));
        if !has_living_owner {
            free.push((partition_id, share));
        }
    }
    let standings = standings(topic, members, &owners);
    let share = balance::shares(topic.partitions.len(), &standings)
        .get(&me)
        .copied()
        .unwrap_or(0);
    if mine.len() > share {
        tended.surplus.extend(&mine[share..]);
    }
    for (partition_id, found) in free.into_iter().take(share.saturating_sub(mine.len())) {
        let epoch = found.epoch + 1;
        transaction
            .prepare_cached(
                "UPDATE shares SET owner = ?3, epoch = ?4 WHERE group_id = ?1 AND partition_id = ?2",
            )?
            .execute(params![seat.group_id, partition_id, me, epoch])?;
        let claim = Claim {
            partition_id,
            epoch,
        };
        tended.taken.push((claim, found.next_offset));
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, Default)]
struct Share {
    owner: Option<i64>,
    epoch: i64,
    next_offset: Option<i64>,
}

fn owners(connection: &Connection, group_id: i64) -> rusqlite::Result<BTreeMap<i64, Share>> {
    connection
        .prepare_cached(
            "SELECT partition_id, owner, epoch, next_offset FROM shares WHERE group_id = ?1",
        )?
        .query_map([group_id], |row| {
            let share = Share {
                owner: row.get(1)?,
                epoch: row.get(2)?,
                next_offset: row.get(3)?,
            };
            Ok((row.get(0)?, share))
        })?
        .collect()
}

fn standings(
    topic: &TopicInfo,
    members: &[MemberRow],
    owners: &BTreeMap<i64, Share>,
) -> Vec<Standing> {
    let of_topic: BTreeSet<&i64> = topic.partitions.iter().collect();
    members
        .iter()
        .filter(|member| member.topics.contains(&topic.id))
        .map(|member| {
            let holds = owners
                .iter()
                .filter(|(_, share)| share.owner == Some(member.token));
            Standing {
                token: member.token,
                holds: holds
                    .clone()
                    .filter(|(id, _)| of_topic.contains(id))
                    .count(),
                holds_in_all: holds.count(),
            }
        })
        .collect()
}

/// Moves positions; refused where a partition is no longer the member's own.
pub(crate) fn commit_positions(
    transaction: &Transaction<'_>,
    seat: &Seat,
    positions: &[(Claim, i64)],
) -> Result<(), Failure> {
    match token_of(transaction, seat.group_id, &seat.instance)? {
        Some(token) if token == seat.token => {}
        Some(_) => return Err(fenced(seat).into()),
        None => {
            return Err(TransportError::Superseded(format!(
                "{} was silent for too long and is out of group {}",
                seat.instance, seat.group
            ))
            .into());
        }
    }
    for (claim, next_offset) in positions {
        let moved = transaction
            .prepare_cached(
                "UPDATE shares SET next_offset = ?5
                 WHERE group_id = ?1 AND partition_id = ?2 AND owner = ?3 AND epoch = ?4",
            )?
            .execute(params![
                seat.group_id,
                claim.partition_id,
                seat.token,
                claim.epoch,
                next_offset
            ])?;
        if moved != 1 {
            return Err(TransportError::Superseded(format!(
                "{} no longer holds a partition of its batch in group {}",
                seat.instance, seat.group
            ))
            .into());
        }
    }
    Ok(())
}

/// Gives partitions up, as far as they are still the member's own.
pub(crate) fn release(
    transaction: &Transaction<'_>,
    seat: &Seat,
    claims: &[Claim],
) -> Result<(), Failure> {
    for claim in claims {
        transaction
            .prepare_cached(
                "UPDATE shares SET owner = NULL
                 WHERE group_id = ?1 AND partition_id = ?2 AND owner = ?3 AND epoch = ?4",
            )?
            .execute(params![
                seat.group_id,
                claim.partition_id,
                seat.token,
                claim.epoch
            ])?;
    }
    note_change(transaction, seat.group_id)
}

/// Leaves the group, and frees all that the member holds.
pub(crate) fn leave(transaction: &Transaction<'_>, seat: &Seat) -> Result<(), Failure> {
    put_out(transaction, seat.group_id, seat.token)
}

/// The committed position of each partition that has one.
pub(crate) fn committed(
    connection: &Connection,
    group_id: i64,
) -> rusqlite::Result<BTreeMap<i64, i64>> {
    connection
        .prepare_cached(
            "SELECT partition_id, next_offset FROM shares
             WHERE group_id = ?1 AND next_offset IS NOT NULL",
        )?
        .query_map([group_id], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Records that a group has not committed, over the partitions of a topic.
pub(crate) fn backlog(
    connection: &Connection,
    group: &str,
    topic: &TopicInfo,
) -> rusqlite::Result<u64> {
    let group_id: Option<i64> = connection
        .prepare_cached("SELECT id FROM consumer_groups WHERE name = ?1")?
        .query_row([group], |row| row.get(0))
        .optional()?;
    let committed = match group_id {
        Some(group_id) => committed(connection, group_id)?,
        None => BTreeMap::new(),
    };
    behind(connection, &committed, topic.partitions.iter().copied())
}

/// Records behind the committed positions of some partitions.
pub(crate) fn behind(
    connection: &Connection,
    committed: &BTreeMap<i64, i64>,
    partitions: impl Iterator<Item = i64>,
) -> rusqlite::Result<u64> {
    let mut statement = connection
        .prepare_cached("SELECT start_offset, next_offset, kept FROM partitions WHERE id = ?1")?;
    let mut total = 0;
    for partition_id in partitions {
        let (start, end, kept): (i64, i64, i64) = statement.query_row([partition_id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        let position = committed.get(&partition_id).copied().unwrap_or(0);
        // Compaction leaves gaps: there are never more records than are kept.
        total += (end - position.max(start))
            .clamp(0, kept.max(0))
            .cast_unsigned();
    }
    Ok(total)
}

/// Rises with every change among the members and shares of a group.
pub(crate) fn generation(connection: &Connection, group_id: i64) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT generation FROM consumer_groups WHERE id = ?1")?
        .query_row([group_id], |row| row.get(0))
}

fn note_change(transaction: &Transaction<'_>, group_id: i64) -> Result<(), Failure> {
    transaction
        .prepare_cached("UPDATE consumer_groups SET generation = generation + 1 WHERE id = ?1")?
        .execute([group_id])?;
    Ok(())
}

fn token_of(
    connection: &Connection,
    group_id: i64,
    instance: &str,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT token FROM members WHERE group_id = ?1 AND instance = ?2")?
        .query_row(params![group_id, instance], |row| row.get(0))
        .optional()
}

/// Enters the member under a token higher than any before.
fn sit_down(store: &Store, transaction: &Transaction<'_>, seat: &Seat) -> Result<i64, Failure> {
    let token: i64 = transaction.query_row(
        "UPDATE consumer_groups SET members_ever = members_ever + 1, generation = generation + 1
         WHERE id = ?1 RETURNING members_ever",
        [seat.group_id],
        |row| row.get(0),
    )?;
    let ids: Vec<String> = seat
        .topics
        .iter()
        .map(|topic| topic.id.to_string())
        .collect();
    let session_ms = i64::try_from(store.settings.session_timeout.as_millis()).unwrap_or(i64::MAX);
    transaction.execute(
        "INSERT INTO members (group_id, instance, token, topics, session_ms, heartbeat_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            seat.group_id,
            seat.instance,
            token,
            ids.join(","),
            session_ms,
            store.settings.clock.now_ms()
        ],
    )?;
    Ok(token)
}

fn beat(store: &Store, transaction: &Transaction<'_>, seat: &Seat) -> Result<(), Failure> {
    transaction
        .prepare_cached(
            "UPDATE members SET heartbeat_ms = ?3, beats = beats + 1
             WHERE group_id = ?1 AND instance = ?2",
        )?
        .execute(params![
            seat.group_id,
            seat.instance,
            store.settings.clock.now_ms()
        ])?;
    Ok(())
}

/// Takes a member off the list and frees all that it holds.
fn put_out(transaction: &Transaction<'_>, group_id: i64, token: i64) -> Result<(), Failure> {
    transaction.execute(
        "DELETE FROM members WHERE group_id = ?1 AND token = ?2",
        [group_id, token],
    )?;
    transaction.execute(
        "UPDATE shares SET owner = NULL WHERE group_id = ?1 AND owner = ?2",
        [group_id, token],
    )?;
    note_change(transaction, group_id)
}

/// The answer to the older of two members with one id.
fn fenced(seat: &Seat) -> TransportError {
    TransportError::Fenced(format!(
        "another instance called {} has joined group {}; give each running instance an id of its \
         own, or stop one of the two",
        seat.instance, seat.group
    ))
}
