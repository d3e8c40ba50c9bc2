# Planted bugs: a copy of the replica's sources in which each of these lines is wrong when its
# number is chosen at run time. The simulator must find every one (docs/invariants.md). The
# production sources know nothing of them; a line that is no longer there stops the build.
set(plant_count 0)
foreach(source ${CONSENTREE_CONSENSUS_SOURCES})
  file(READ ${PROJECT_SOURCE_DIR}/consensus/${source} text_${source})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/consensus/${source})
endforeach()

# edit(FILE OLD NEW): NEW may name `plant`.
function(edit file old new)
  string(FIND "${text_${file}}" "${old}" first)
  string(FIND "${text_${file}}" "${old}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "plants.cmake: consensus/${file} has not exactly one: ${old}")
  endif()
  string(REPLACE "${old}" "${new}" changed "${text_${file}}")
  set(text_${file} "${changed}" PARENT_SCOPE)
endfunction()

# The assertions behind the votes would end the process before the oracle sees the bug.
edit(voting.cpp "    CT_ASSERT(!state.has_sent(kind));"
  "    if (plant == 0) CT_ASSERT(!state.has_sent(kind));")
edit(voting.cpp
  "    CT_ASSERT(kind != VoteKind::finalize || !state.has_sent(VoteKind::nullify));" "")
edit(voting.cpp
  "    CT_ASSERT(kind != VoteKind::nullify || !state.has_sent(VoteKind::finalize));" "")

# 1. A quorum of 2f.
edit(intake.cpp "slots.count(ballot.block) < config.set.quorum()"
  "slots.count(ballot.block) < (plant == 1 ? 2 * config.set.faults() : config.set.quorum())")
# 2. A repeated vote is counted again.
edit(votes.cpp "    return slot->block == vote.ballot.block ? Added::repeated : Added::conflicting;"
  "    for (auto& other : slots_) {
        if (plant == 2 && !other) {
            other = slot;
            return Added::counted;
        }
    }
    return slot->block == vote.ballot.block ? Added::repeated : Added::conflicting;")
# 3. A nullify vote is forgotten on restart. 10. A leader proposes again after a restart.
edit(replica.cpp "        state.sent[kind] = vote.ballot.block;
        state.own[kind] = vote;"
  "        const bool forgotten =
            (plant == 3 && vote.ballot.kind == VoteKind::nullify) ||
            (plant == 10 && vote.ballot.kind == VoteKind::notarize);
        if (!forgotten) state.sent[kind] = vote.ballot.block;
        if (plant != 12) state.own[kind] = vote;")
# 4. Finalize after nullify.
edit(voting.cpp
  "        if (state.has_sent(VoteKind::finalize) || state.has_sent(VoteKind::nullify)) continue;"
  "        if (state.has_sent(VoteKind::finalize)) continue;
        if (plant != 4 && state.has_sent(VoteKind::nullify)) continue;")
# 5. A vote is sent before the guard has it.
edit(voting.cpp "    ready.sign.push_back({kind, ballot_view, block});"
  "    ready.sign.push_back({kind, ballot_view, block});
    if (plant == 5) send(std::nullopt, Vote{{kind, ballot_view, block}, config.self, {}});")
# 6. A parent need not be certified.
edit(chain.cpp "    if (!certified || parent->verdict != Verdict::valid) return Link::waiting;"
  "    if (plant != 6 && !certified) return Link::waiting;
    if (parent->verdict != Verdict::valid) return Link::waiting;")
# 7. A restart begins at the committed view, whatever was voted since.
edit(replica.cpp "        if (vote.ballot.view > view) enter(vote.ballot.view);"
  "        if (plant != 7 && vote.ballot.view > view) enter(vote.ballot.view);")
# 8. The last proposal of a view wins, and may be voted for again.
edit(intake.cpp "    if (state.proposal) return;" "    if (plant != 8 && state.proposal) return;")
edit(voting.cpp
  "    if (state->has_sent(VoteKind::notarize) || state->has_sent(VoteKind::nullify)) return;"
  "    if (plant != 8 && state->has_sent(VoteKind::notarize)) return;
    if (plant == 8 && state->sent[0] == state->proposal_id()) return;
    if (state->has_sent(VoteKind::nullify)) return;")
# 9. Skipped views need not be nullified.
edit(chain.cpp "    return missing == 0;" "    return plant == 9 || missing == 0;")
# 11. Ancestors of a finalized block are not committed.
edit(chain.cpp "    for (auto link = chain.rbegin(); link != chain.rend(); ++link) {"
  "    for (auto link = chain.rbegin(); link != chain.rend(); ++link) {
        if (plant == 11 && *link != chain.front()) continue;")
# 12. Restored votes are neither said nor counted again.
edit(replica.cpp "        if (vote.voter == config.self) on_vote(vote);"
  "        if (plant != 12 && vote.voter == config.self) on_vote(vote);")
# 13. A block that was not found valid is finalized.
edit(voting.cpp "        if (!state.has_certified_block() || state.verdict != Verdict::valid) continue;"
  "        if (!state.has_certified_block()) continue;
        if (plant != 13 && state.verdict != Verdict::valid) continue;")
# 14. Nothing is kept for a restart.
edit(voting.cpp "        persist_chain(*at);" "        if (plant != 14) persist_chain(*at);")
# 15. No vote is said twice.
edit(pacemaker.cpp "    std::size_t said = 0;" "    if (plant == 15) return;
    std::size_t said = 0;")
# 16. A finalization nobody can commit is never caught up.
edit(chain.cpp "    ready.catch_up = CatchUp{*last_final};"
  "    if (plant != 16) ready.catch_up = CatchUp{*last_final};")
# 17. Nobody may nullify a view it has left.
edit(pacemaker.cpp "        if (now - *state->needed_since >= config.timing.view_timeout) nullify(at);"
  "        if (plant != 17 && now - *state->needed_since >= config.timing.view_timeout) nullify(at);")
# 18. Requests go unanswered.
edit(intake.cpp "    ++budget.answered;" "    if (plant == 18) return;\n    ++budget.answered;")
set(plant_count 18)

set(planted_sources)
foreach(source ${CONSENTREE_CONSENSUS_SOURCES})
  set(planted ${CMAKE_CURRENT_BINARY_DIR}/planted_${source})
  string(REPLACE "namespace consentree::consensus {\n"
    "namespace consentree { extern int plant; }\nnamespace consentree::consensus {\n"
    text "${text_${source}}")
  file(CONFIGURE OUTPUT ${planted} CONTENT "${text}" @ONLY)
  list(APPEND planted_sources ${planted})
endforeach()
