"""The domain: tables, rules, queries and commands. Knows `geo`, knows no HTTP.

Glossary (English in the code, Chinese on the screen)

====================  ==============================================================================
area 区域              a node of province → prefecture → county → township → village
township 镇街          level of area that answers for its sites
grid cell 网格         the ground one grid worker walks
zone 督学责任区        the schools one inspector visits
site 点位              a school 学校, an institution 校外培训机构 or a suspected site 疑似违规办学点
licence 证照           办学许可证, 营业执照 or 民办非企业登记证 held by a site
person 人员            someone who works with the system; an account 账号 lets them sign in
department 部门        the body a person belongs to
certificate 执法证件   what lets a person inspect
task 任务              a site someone is to check by a due date
checklist 清单         numbered items a check answers, published in versions that never change
check 检查             one visit to a site: facts, answers, photos, position, signature
answer 结果            verdict 符合/不符合/不适用/未查 on one item, with its note
photo 照片             a picture attached to a check; its bytes are a blob named by SHA-256
rule 规则              a dated limit of a region with its source; judges facts 事实 of a check into verdicts 判定
calendar 校历和放假安排 what a day is: worked, off, made up, in term or in vacation
tip 线索               a report from outside; who reports follows it by a receipt code 查询码
complainant 举报人      who sent a tip: sealed, a pseudonym 代号 elsewhere; an opening 查看 is one reading
move 流转              one line of a tip's way: received, assigned, confirmed, merged 并入 …
clue 线索要素           phone, teacher, payment code, WeChat or sign that tells two tips or sites are one
draft 划分草案          a township's cells as they are to be, looked at and mended before they are the grid
coverage 走访覆盖       which cells were walked when; which schools of a zone were visited this month
campaign 排查行动       cells to be walked between two days, in the time bands 时段 asked for
visit 排查走访          one walk through a cell: clean 未见异常, with leads, or without access
lead 巡查线索           what was seen from outside, a check of its own; a walk names those it found
listing 名单记录        a site's stay on the white or black list 白名单、黑名单
lane 通道              in which queue a tip from the public waits: with proof of work, without, or in a flood
finding 问题           something wrong at a site, proposed by a rule or person, confirmed by an officer
order 整改文书         a 整改通知书 or 督办单: findings of one site with measures, owner and deadline
recheck 复查           what a later check says of a known finding
approval 审批          an extension, suspension or resumption: asked for by one, decided by another
legal review 法制审核   a reviewer passes the words of an order before it is signed, where the law asks
recusal 回避           an officer stays out of a site or a finding
service 送达           one record of how an order reached its addressee; corrected by another
case officer 承办人    who follows a finding now
closure 销号           a finding struck off by a re-check; reopened if it returns
step 督办步骤          a rung of escalation: 临期提醒, 催办, 逾期, 督办, 约谈, 通报, 问责
ladder 督办阶梯        the working days between those rungs: dated, sourced data of a county
penalty 处罚           a measure against a site that some body decided, noted in versions
hand-over 移送         a case given to another department with its papers, until its answer
figure 统计数字        what is counted in a table, with one query for the number and the records behind it
snapshot 快照          a table frozen with its records and a hash
bulletin 通报          a daily, half-month or quarterly paper drafted from figures, edited, signed, published
score 考评             a township's points for a period, of four weighed components 权重
delivery 上报          a frozen table handed up; a grant 查阅授权 lets the offices above open records behind it
model case 典型经验    what a school does well, written down for others
schedule 督导时间安排   the year's supervision: what, when, by whom
response 整改报告      what a site says it did about an order, with proof 证明材料; a re-check follows
invitation 邀请        a link, on the paper as a QR code, by which a site answers without an account
document 文书          a Word or PDF file made of one record; `template` 模板 is what it was made with
ledger 问题台账         every confirmed finding in one table: owner, deadline, state, orders, steps, closure
owner 责任             lead official and department that answer for a finding from a moment on
view 视图              a question to the ledger kept under a name
whistle 吹哨           a township calls departments to a site; each answers 报到 or says why not
key case 重点督办       a tip that many report, put before the leaders
self-check 自查        a checklist as a school or institution answers it about itself: a claim, no finding
draw 双随机抽取         sites and officers by lot: committed, frozen, drawn, published; anyone can draw it again
event 事件             one line of history; never changed
====================  ==============================================================================
"""
