/**
 * Who is in the group and who has its contact address: membership, the lease on the address with
 * its fence in the kernel, and the contact node's record of whose connections are where.
 *
 * <p>{@link dev.baton.handoff.contact.ContactOffice} is the only way in. The rules by which at most
 * one node has the address are in {@link dev.baton.handoff.contact.Lease}, which knows neither
 * clocks nor networks; the group is JGroups' and hidden behind one class. A node that has no
 * contact address never loads a class of either.
 */
@NullMarked
package dev.baton.handoff.contact;

import org.jspecify.annotations.NullMarked;
