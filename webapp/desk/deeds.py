"""What an event says was done, in the reader's language."""

from flask_babel import gettext as _

from inspections.events import Event
from inspections.registry.sites import SiteState

from ..i18n import translated


def deed(event: Event) -> str:
    """What an event says was done, in a few words."""
    says = (
        _deeds_of_field()
        | _deeds_of_casework()
        | _deeds_of_orders()
        | _deeds_of_bulletins()
        | _deeds_of_intake()
        | _deeds_of_targeting()
        | _deeds_of_campaigns()
    )
    said = says.get((event.subject, event.verb), event.verb)
    if event.verb in {"change_state", "undo_state"}:
        was, now_ = (
            translated(next(state.label for state in SiteState if state == event.detail[key]))
            for key in ("was", "now")
        )
        return _("%(what)s：%(how)s", what=said, how=f"{was} → {now_}")
    return said


def _deeds_of_field() -> dict[tuple[str, str], str]:
    return {
        ("sites", "add"): _("登记点位"),
        ("sites", "edit"): _("更正信息"),
        ("sites", "change_state"): _("改状态"),
        ("sites", "undo_state"): _("撤销改状态"),
        ("checks", "submit"): _("收到检查"),
        ("sites", "report"): _("手机上登记点位"),
        ("sites", "settle"): _("决定用哪一个值"),
        ("sites", "conflict"): _("收到内容不同的同一条"),
        ("checks", "settle"): _("决定以哪一份记录为准"),
        ("checks", "carry"): _("由别人带交"),
        ("checks", "quarantine"): _("账号停用后封存，核实收下"),
        ("checks", "complete"): _("照片收齐"),
        ("checks", "conflict"): _("收到内容不同的检查记录"),
        ("checks", "judge"): _("按规则判定"),
        ("observations", "record"): _("登记事实"),
        ("observations", "complete"): _("补充事实"),
        ("observations", "withdraw"): _("作废事实"),
        ("tasks", "assign"): _("派任务"),
        ("sites", "locate"): _("查明位置"),
        ("sites", "add_clue"): _("登记线索要素"),
        ("sites", "remove_clue"): _("删去线索要素"),
        ("sites", "mark_moved"): _("认定为转移"),
        ("sites", "unmark_moved"): _("取消转移认定"),
        ("sites", "list_publicly"): _("列入名单"),
        ("sites", "unlist"): _("移出名单"),
        ("sites", "licences_change"): _("证照情况随有效期变化"),
    }


def _deeds_of_bulletins() -> dict[tuple[str, str], str]:
    return {
        ("bulletins", "draft"): _("拟草稿"),
        ("bulletins", "recount"): _("重新取数"),
        ("bulletins", "rename"): _("改标题"),
        ("bulletins", "choose_case"): _("列为典型案例"),
        ("bulletins", "edit_case"): _("改典型案例"),
        ("bulletins", "drop_case"): _("不再列为典型案例"),
        ("bulletins", "sign"): _("签发"),
        ("bulletins", "publish"): _("发布"),
        ("bulletins", "withdraw"): _("撤回"),
        ("bulletin_sections", "edit"): _("改文字"),
    }


def _deeds_of_intake() -> dict[tuple[str, str], str]:
    return {
        ("complainants", "ask_identity"): _("申请查看举报人"),
        ("complainants", "read_identity"): _("查看举报人"),
        ("complainants", "refuse_identity"): _("查看举报人被拒绝"),
        ("complainants", "forget_identity"): _("删除举报人身份"),
        ("complainant_openings", "decide_identity"): _("审批查看举报人"),
        ("complainant_terms", "set_term"): _("修改身份保存期限"),
    }


def _deeds_of_targeting() -> dict[tuple[str, str], str]:
    return {
        ("warnings", "raise"): _("系统发出预警"),
        ("warnings", "worsen"): _("情况加重，预警升级"),
        ("warnings", "end"): _("情况过去，自动解除"),
        ("warnings", "acknowledge"): _("签收"),
        ("warnings", "take_up"): _("开始处置"),
        ("warnings", "pass_on"): _("转交"),
        ("warnings", "close"): _("登记结果"),
        ("warnings", "send"): _("发出预警通报"),
        ("warning_settings", "set"): _("调整预警阈值"),
        ("backtests", "order"): _("开始回测"),
    }


def _deeds_of_campaigns() -> dict[tuple[str, str], str]:
    return {
        ("special_campaigns", "plan"): _("发起专项行动"),
        ("special_campaigns", "change"): _("调整专项行动"),
        ("special_campaigns", "end"): _("结束专项行动"),
        ("special_campaigns", "put_canvass"): _("归入排查行动"),
        ("special_campaigns", "take_canvass"): _("移出排查行动"),
        ("special_campaigns", "put_sweep"): _("归入联合执法"),
        ("special_campaigns", "take_sweep"): _("移出联合执法"),
        ("special_campaigns", "schedule"): _("排出时间安排"),
        ("special_campaign_items", "add"): _("增加一项安排"),
        ("special_campaign_items", "edit"): _("修改一项安排"),
        ("special_campaign_items", "done"): _("安排记为完成"),
        ("special_campaign_items", "undo"): _("安排改回未完成"),
        ("special_campaign_items", "remove"): _("删除一项安排"),
        ("special_campaign_reports", "keep"): _("存下日报告"),
        ("special_campaign_dispatches", "hold"): _("写调度记录"),
        ("special_campaign_instructions", "instruct"): _("下达指令"),
        ("special_campaign_instructions", "received"): _("签收"),
        ("special_campaign_instructions", "progress"): _("报告进展"),
        ("special_campaign_instructions", "done"): _("办结"),
        ("special_campaign_instructions", "reopened"): _("退回重办"),
        ("special_campaign_instructions", "withdrawn"): _("撤回指令"),
    }


def _deeds_of_casework() -> dict[tuple[str, str], str]:
    return {
        ("rechecks", "recheck"): _("复查问题"),
        ("target_lists", "make"): _("生成暗访名单"),
        ("target_lists", "compute"): _("重新计算暗访名单"),
        ("target_lists", "export"): _("导出暗访安排"),
        ("target_entries", "pin"): _("固定暗访点位"),
        ("target_entries", "unpin"): _("取消固定暗访点位"),
        ("target_entries", "refuse"): _("否决暗访点位"),
        ("target_entries", "undo"): _("撤销对暗访点位的决定"),
        ("target_entries", "send"): _("把暗访点位派成任务"),
        ("target_settings", "set"): _("设定暗访规则"),
        ("findings", "confirm"): _("确认问题"),
        ("findings", "reject"): _("问题不成立"),
        ("findings", "rectify"): _("文书送达，开始整改"),
        ("findings", "release"): _("文书撤回，等待重新开具"),
        ("findings", "recalculate"): _("重新计算整改期限"),
        ("findings", "strike_off"): _("销号"),
        ("findings", "extension"): _("同意延期"),
        ("findings", "suspension"): _("同意中止"),
        ("findings", "resumption"): _("同意恢复"),
        ("findings", "hand_over"): _("改派承办人"),
        ("findings", "reopen"): _("重新打开"),
        ("steps", "climb"): _("系统按时限提出或办理"),
        ("steps", "lapse"): _("系统撤回待办"),
        ("steps", "propose"): _("人工提出"),
        ("steps", "prepare"): _("拟稿"),
        ("steps", "sign"): _("签发编号"),
        ("steps", "record"): _("登记约谈记录"),
        ("steps", "correct_record"): _("更正约谈记录"),
        ("steps", "skip"): _("决定不办"),
        ("penalties", "note"): _("登记处罚"),
        ("penalties", "change"): _("更新处罚"),
        ("handovers", "hand_over"): _("移送案件"),
        ("handovers", "change"): _("更新移送"),
    }


def _deeds_of_orders() -> dict[tuple[str, str], str]:
    return {
        ("orders", "ask_review"): _("送法制审核"),
        ("orders", "review"): _("法制审核"),
        ("orders", "correct"): _("更正送达记录"),
        ("orders", "draft"): _("拟稿"),
        ("orders", "edit"): _("修改草稿"),
        ("orders", "discard"): _("删除草稿"),
        ("orders", "issue"): _("签发编号"),
        ("orders", "serve"): _("登记送达"),
        ("orders", "withdraw"): _("撤回文书"),
        ("orders", "invite"): _("制作回复链接"),
        ("orders", "revoke_link"): _("停用回复链接"),
        ("orders", "open_link"): _("打开回复链接"),
        ("orders", "answer"): _("收到整改报告"),
        ("orders", "forget_files"): _("未提交的附件到期清除"),
        ("self_checks", "forget_files"): _("未提交的附件到期清除"),
        ("orders", "ask_extension"): _("收到延期申请"),
        ("orders", "return_answer"): _("退回整改报告"),
        ("orders", "accept_answer"): _("接收整改报告，派人复查"),
    }
