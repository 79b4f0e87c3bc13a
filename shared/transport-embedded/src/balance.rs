//! How many partitions of a topic each member should hold.

use std::collections::BTreeMap;

/// What a member holds now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The member; the older has the lower.
    pub(crate) token: i64,
    /// Partitions of this topic.
    pub(crate) holds: usize,
    /// Partitions of all topics.
    pub(crate) holds_in_all: usize,
}

/// The share of each member, by token. Shares differ by one at the most, and the larger ones go
/// to those who hold the most already, so that as little as possible changes hands. Every member
/// computes the same from the same table.
pub(crate) fn shares(partitions: usize, members: &[Standing]) -> BTreeMap<i64, usize> {
    let mut order = members.to_vec();
    order.sort_by_key(|member| {
        (
            std::cmp::Reverse(member.holds),
            member.holds_in_all,
            member.token,
        )
    });
    let count = order.len().max(1);
    let (each, over) = (partitions / count, partitions % count);
    order
        .iter()
        .enumerate()
        .map(|(place, member)| (member.token, each + usize::from(place < over)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(token: i64, holds: usize) -> Standing {
        Standing {
            token,
            holds,
            holds_in_all: holds,
        }
    }

    #[test]
    fn shares_are_even_and_move_little() {
        let check = |partitions: usize, holds: &[usize], expected: &[usize]| {
            let members: Vec<Standing> = (1..)
                .zip(holds)
                .map(|(token, holds)| standing(token, *holds))
                .collect();
            let found: Vec<usize> = shares(partitions, &members).into_values().collect();
            assert_eq!(found, expected, "{partitions} partitions over {members:?}");
        };
        check(6, &[0], &[6]);
        check(6, &[6, 0], &[3, 3]);
        check(5, &[0, 5], &[2, 3]);
        check(4, &[2, 2, 0], &[2, 1, 1]);
        check(1, &[1, 0], &[1, 0]);
        check(1, &[0, 1], &[0, 1]);
        check(0, &[0], &[0]);
    }

    /// Members that give and take by their shares, in any order, come to rest evenly.
    #[test]
    fn giving_and_taking_comes_to_rest() {
        for partitions in 0..12 {
            for count in 1..6_i64 {
                let mut members: Vec<Standing> = (1..=count).map(|t| standing(t, 0)).collect();
                members[count as usize / 2] = standing(count / 2 + 1, partitions);
                let mut moved = 0;
                for _ in 0..count * 3 {
                    for place in 0..members.len() {
                        let share = shares(partitions, &members)[&members[place].token];
                        let held: usize = members.iter().map(|member| member.holds).sum();
                        let holds = members[place].holds;
                        let now = share.min(holds + (partitions - held));
                        moved += holds.saturating_sub(now);
                        members[place] = standing(members[place].token, now);
                    }
                }
                let fewest = partitions / count as usize;
                assert!(
                    members
                        .iter()
                        .all(|m| m.holds == fewest || m.holds == fewest + 1),
                    "{partitions} over {count}: {members:?}"
                );
                let most = partitions.div_ceil(count as usize);
                assert_eq!(
                    moved,
                    partitions - most.min(partitions),
                    "given up once each"
                );
            }
        }
    }
}
